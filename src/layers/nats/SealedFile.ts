import { mkdir, open, readFile, rename } from "node:fs/promises"
import { basename, dirname } from "node:path"
import * as Effect from "effect/Effect"
import type { MasterKey } from "../../services/config/MasterKey.ts"
import { eachInSteps, type Steps, stepwise, WORK } from "../../services/config/Steps.ts"

export type SealedContent =
  | { readonly found: "entries"; readonly entries: ReadonlyMap<string, string> }
  /** There is no file. */
  | { readonly found: "nothing" }
  /** There is one, and it opens with none of the keys. */
  | { readonly found: "sealed" }

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export const readSealed = (file: string, key: MasterKey["Service"]): Effect.Effect<SealedContent> =>
  Effect.promise(() =>
    readFile(file).then(
      (sealed): SealedContent => {
        const plain = key.open(basename(file), sealed)
        if (plain === undefined) return { found: "sealed" }
        // It opened, so it is what was written here.
        return { found: "entries", entries: new Map(JSON.parse(decoder.decode(plain)) as Array<[string, string]>) }
      },
      (): SealedContent => ({ found: "nothing" })
    )
  )

/** Whole or not at all, and on the disk when it returns; only this user can read it. Does not keep the thread for long. */
export const writeSealed = (
  file: string,
  key: MasterKey["Service"],
  entries: ReadonlyMap<string, string>
): Effect.Effect<void> =>
  stepwise(() => plainSteps(entries)).pipe(
    Effect.tap(Effect.yieldNow),
    Effect.flatMap((plain) => write(file, key, plain)),
    Effect.ignoreCause({ log: "Warn", message: "the configuration could not be kept for the next start" })
  )

const write = (file: string, key: MasterKey["Service"], plain: Uint8Array) =>
  Effect.tryPromise(async () => {
    const sealed = key.seal(basename(file), plain)
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const handle = await open(`${file}.new`, "w", 0o600)
    try {
      await handle.writeFile(sealed)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(`${file}.new`, file)
  })

/** The entries as JSON. */
function* plainSteps(entries: ReadonlyMap<string, string>): Steps<Uint8Array> {
  const parts: Array<string> = []
  yield* eachInSteps(entries, (entry, index) => {
    parts.push(index === 0 ? "[" : ",", JSON.stringify(entry))
    return WORK / 2
  })
  return encoder.encode(entries.size === 0 ? "[]" : `${parts.join("")}]`)
}
