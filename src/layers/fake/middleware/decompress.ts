import { promisify } from "node:util"
import { gunzip } from "node:zlib"

const gunzipAsync = promisify(gunzip)

/** A body without its gzip, or why there is none. */
export const decompress = async (body: Uint8Array, maxBytes: number): Promise<Uint8Array | "too large" | "broken"> => {
  try {
    return await gunzipAsync(body, { maxOutputLength: maxBytes })
  } catch (cause) {
    const tooLarge = cause instanceof Error && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE"
    return tooLarge ? "too large" : "broken"
  }
}
