import * as Result from "effect/Result"
import { encodeJson } from "../json.ts"
import { isTranslatable } from "../nesting.ts"
import { translateError } from "../providerError.ts"
import { isStrict } from "../strictProvider.ts"
import type { Translator } from "../Translator.ts"
import { ChatStream } from "./ChatStream.ts"
import { messagesRequest } from "./request.ts"
import { messagesResponse } from "./response.ts"

/** A Messages client in front of an OpenAI-compatible Chat Completions API. */
export const messagesToChat: Translator = {
  request: ({ json }, modelId, providerName) =>
    isTranslatable(json)
      ? Result.map(messagesRequest(json, modelId, isStrict(providerName)), encodeJson)
      : Result.fail({ message: "The request is nested too deep to be translated." }),
  response: messagesResponse,
  error: (status, body) => translateError("messages", status, body),
  stream: () => new ChatStream()
}
