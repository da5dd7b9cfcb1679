import * as Result from "effect/Result"
import { looksLikeObject } from "./looksLikeObject.ts"
import { translateError } from "./providerError.ts"
import { spliceTopLevel } from "./spliceTopLevel.ts"
import { SseSplitter } from "./sse.ts"
import { missingEnd, StreamWatch } from "./streamWatch.ts"
import type { StreamTranslator, Translator } from "./Translator.ts"

/** Enough for the events that end a stream; a bigger one is content. */
const MAX_HELD_BYTES = 64 * 1024

/** A Messages client in front of Anthropic: bytes pass as they are, but for the model's name. */
export const anthropicPassthrough: Translator = {
  request: (request, modelId) => Result.succeed(spliceTopLevel(request.bytes, modelId, false)),
  response: looksLikeObject,
  error: (status, body) => translateError("messages", status, body),
  stream: () => watched()
}

const NOTHING = new Uint8Array(0)

const watched = (): StreamTranslator => {
  const watch = new StreamWatch()
  const splitter = new SseSplitter((frame) => watch.anthropic(frame), MAX_HELD_BYTES)
  return {
    push: (chunk) => {
      splitter.push(chunk)
      return chunk
    },
    end: (broken) => {
      if (broken === true) return NOTHING
      const rest = splitter.rest()
      watch.anthropicEnd(rest)
      return missingEnd(rest)
    },
    done: () => watch.done,
    error: () => watch.error
  }
}
