import * as Result from "effect/Result"
import { encodeJson, objectOf } from "../json.ts"
import { isTranslatable } from "../nesting.ts"
import { translateError } from "../providerError.ts"
import type { Translator } from "../Translator.ts"
import { MessagesStream } from "./MessagesStream.ts"
import { chatRequest } from "./request.ts"
import { chatResponse } from "./response.ts"

/** A Chat Completions client in front of Anthropic's Messages API. */
export const chatToAnthropic: Translator = {
  request: ({ json }, modelId) =>
    isTranslatable(json)
      ? Result.map(chatRequest(json, modelId), encodeJson)
      : Result.fail({ message: "The request is nested too deep to be translated." }),
  response: chatResponse,
  error: (status, body) => translateError("chat_completions", status, body),
  stream: ({ json }) => new MessagesStream(objectOf(json["stream_options"])?.["include_usage"] === true)
}
