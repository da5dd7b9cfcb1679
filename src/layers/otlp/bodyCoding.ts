import { gunzip as nodeGunzip, gzip as nodeGzip } from "node:zlib"
import * as Effect from "effect/Effect"
import { MAX_RESPONSE_BYTES, responseTooLarge } from "../../services/export/deliveryRules.ts"
import type { Permanent } from "../../services/export/TraceSink.ts"

/** On the thread pool. Level 1: the next levels cost three times as much for a few per cent. */
export const gzip = (body: Uint8Array): Effect.Effect<Uint8Array> =>
  Effect.callback((resume) => {
    nodeGzip(body, { level: 1 }, (error, compressed) =>
      resume(error === null ? Effect.succeed(compressed) : Effect.die(error))
    )
  })

/** An answer's body without its content coding; `undefined` when it is broken or of a coding we never asked for. */
export const decoded = (
  body: Uint8Array,
  contentEncoding: string | undefined
): Effect.Effect<Uint8Array | undefined, Permanent> => {
  if (contentEncoding === undefined || contentEncoding === "identity") return Effect.succeed(body)
  if (contentEncoding !== "gzip") return Effect.succeed(undefined)
  return Effect.callback((resume) => {
    nodeGunzip(body, { maxOutputLength: MAX_RESPONSE_BYTES }, (error, plain) => {
      if (error === null) return resume(Effect.succeed(plain))
      const tooLarge = "code" in error && error.code === "ERR_BUFFER_TOO_LARGE"
      resume(tooLarge ? Effect.fail(responseTooLarge()) : Effect.succeed(undefined))
    })
  })
}
