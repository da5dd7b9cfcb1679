import * as Result from "effect/Result"
import { looksLikeObject } from "../looksLikeObject.ts"
import { translateError } from "../providerError.ts"
import { spliceTopLevel } from "../spliceTopLevel.ts"
import { SseSplitter } from "../sse.ts"
import { isWhole, missingEnd } from "../streamWatch.ts"
import type { StreamTranslator, Translator } from "../Translator.ts"
import { ResponsesWatch } from "./ResponsesWatch.ts"

/** The events that open and end a stream repeat the request's instructions and tools. A bigger one is judged by its start. */
const MAX_HELD_BYTES = 1024 * 1024

/**
 * A client of the Responses API in front of an OpenAI-compatible provider: bytes pass as they are, but for the model's
 * name. Usage comes unasked. Whatever the API keeps on the provider's side stays there, with the account that served.
 */
export const responsesPassthrough: Translator = {
  request: (request, modelId) => Result.succeed(spliceTopLevel(request.bytes, modelId, false)),
  response: looksLikeObject,
  error: (status, body) => translateError("responses", status, body),
  stream: () => watched()
}

const NOTHING = new Uint8Array(0)

const watched = (): StreamTranslator => {
  const watch = new ResponsesWatch()
  const splitter = new SseSplitter((frame, ended) => watch.frame(frame, ended), MAX_HELD_BYTES)
  return {
    push: (chunk) => {
      splitter.push(chunk)
      return chunk
    },
    end: (broken) => {
      if (broken === true) return NOTHING
      const rest = splitter.rest()
      if (isWhole(rest)) watch.frame(rest, true)
      return missingEnd(rest)
    },
    done: () => watch.done,
    speaking: () => watch.speaking,
    error: () => watch.error
  }
}
