import * as Result from "effect/Result"
import { skipSpace } from "./jsonScanner.ts"

/** A look at both ends of an answer that is not parsed: enough to tell a JSON object from an error page, or half of one. */
export const looksLikeObject = (body: Uint8Array): Result.Result<Uint8Array, string> => {
  let last = body.length - 1
  while (last >= 0 && isSpace(body[last])) last--
  return body[skipSpace(body, 0)] === 123 && body[last] === 125
    ? Result.succeed(body)
    : Result.fail("it is not a JSON object")
}

const isSpace = (byte: number | undefined): boolean => byte === 32 || byte === 10 || byte === 13 || byte === 9
