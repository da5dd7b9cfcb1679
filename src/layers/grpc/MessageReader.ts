import { gunzipSync } from "node:zlib"
import * as Result from "effect/Result"
import { MAX_RESPONSE_BYTES, responseTooLarge } from "../../services/export/deliveryRules.ts"
import type { Permanent } from "../../services/export/TraceSink.ts"

/** One byte for whether it is compressed, four for its length. */
const PREFIX_BYTES = 5

/** Reads the one message of a unary answer out of its bytes; what comes behind it is passed over. */
export class MessageReader {
  readonly #pieces: Array<Buffer> = []
  #bytes = 0
  /** With its prefix; unlimited until that is there. */
  #frameBytes = Number.POSITIVE_INFINITY

  /** `false` for a message that is larger than an answer may be. */
  push(piece: Buffer): boolean {
    if (this.#bytes >= this.#frameBytes) return true
    this.#pieces.push(piece)
    this.#bytes += piece.length
    if (this.#frameBytes !== Number.POSITIVE_INFINITY || this.#bytes < PREFIX_BYTES) return true
    const length = Buffer.concat(this.#pieces).readUInt32BE(1)
    this.#frameBytes = PREFIX_BYTES + length
    return length <= MAX_RESPONSE_BYTES
  }

  /** The message, decompressed; `undefined` where it is not whole or cannot be read. */
  message(encoding: string | undefined): Result.Result<Uint8Array | undefined, Permanent> {
    if (this.#bytes < this.#frameBytes) return Result.succeed(undefined)
    const frame = Buffer.concat(this.#pieces).subarray(0, this.#frameBytes)
    const message = frame.subarray(PREFIX_BYTES)
    switch (frame[0]) {
      case 0:
        return Result.succeed(message)
      case 1:
        return encoding === "gzip" ? unzipped(message) : Result.succeed(undefined)
      default:
        return Result.succeed(undefined)
    }
  }
}

const unzipped = (message: Buffer): Result.Result<Uint8Array | undefined, Permanent> => {
  try {
    return Result.succeed(gunzipSync(message, { maxOutputLength: MAX_RESPONSE_BYTES }))
  } catch (cause) {
    return cause instanceof RangeError ? Result.fail(responseTooLarge()) : Result.succeed(undefined)
  }
}
