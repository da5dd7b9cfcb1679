/** Why a model stopped, in the three vocabularies that a request may meet. An unknown reason is taken for a plain stop. */

/** Anthropic's `stop_reason` for a Chat Completions client. */
export const toOpenAiFinish = (stopReason: unknown): string => {
  switch (stopReason) {
    case "max_tokens":
    case "model_context_window_exceeded":
      return "length"
    case "tool_use":
      return "tool_calls"
    case "refusal":
      return "content_filter"
    default:
      return "stop"
  }
}

/**
 * OpenAI's `finish_reason` for a Messages client. A forced tool call ends in `stop` at OpenAI; a Messages client runs
 * tools only on `tool_use`.
 */
export const toAnthropicStop = (finishReason: unknown, said: { tools: boolean; refusal: boolean }): string => {
  switch (finishReason) {
    case "length":
    case "model_length":
      return "max_tokens"
    case "content_filter":
      return "refusal"
    case "tool_calls":
    case "function_call":
      return "tool_use"
    default:
      return said.tools ? "tool_use" : said.refusal ? "refusal" : "end_turn"
  }
}

/** The GenAI schema's `FinishReason` for a reason of either family; another reason stays as the provider spelt it. */
export const toSchemaFinish = (reason: string): string => {
  switch (reason) {
    case "end_turn":
    case "stop_sequence":
    case "pause_turn":
      return "stop"
    case "max_tokens":
    case "model_length":
    case "model_context_window_exceeded":
      return "length"
    case "tool_use":
    case "tool_calls":
    case "function_call":
      return "tool_call"
    case "refusal":
      return "content_filter"
    default:
      return reason
  }
}
