import { basename } from "node:path"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Option from "effect/Option"
import { MasterKey } from "../../services/config/MasterKey.ts"
import { RevisionLog } from "../../services/store/RevisionLog.ts"

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * What a file said when it was last applied, kept in the database under the file's name, sealed, since it holds
 * secrets in the clear.
 */
export const appliedFile = Effect.fnUntraced(function* (file: string) {
  const log = yield* RevisionLog
  const key = yield* MasterKey
  const name = `file ${basename(file)}`

  const keptAs = (document: unknown) => ({
    name,
    text: Base64Url.encode(key.seal(name, encoder.encode(JSON.stringify(document))))
  })

  return {
    /** What to keep of a document. */
    keptAs,
    /** None where it was never applied, or was kept with a key that is gone. */
    document: Effect.gen(function* () {
      const sealed = Option.flatMap(yield* log.kept(name), (text) => Option.getSuccess(Base64Url.decode(text)))
      if (Option.isNone(sealed)) return Option.none<unknown>()
      const plain = key.open(name, sealed.value)
      if (plain === undefined) return Option.none<unknown>()
      // It opened, so it is what was written here.
      const document: unknown = JSON.parse(decoder.decode(plain))
      if (!key.isCurrent(sealed.value)) yield* log.keep(name, keptAs(document).text)
      return Option.some(document)
    })
  }
})
