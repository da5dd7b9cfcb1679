/** Why a model stopped, in the vocabularies that a request may meet. An unknown reason is taken for a plain stop. */

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

/**
 * Why an answer of the Responses API ended, in Chat Completions' words, so that one filter finds both. `waits`: a call
 * is left that the caller has to make. Undefined while the answer is still to come, as one in the background is.
 */
export const responsesFinish = (status: unknown, incompleteReason: unknown, waits: boolean): string | undefined => {
  switch (status) {
    case "completed":
      return waits ? "tool_calls" : "stop"
    case "incomplete":
      return incompleteReason === "max_output_tokens" || typeof incompleteReason !== "string"
        ? "length"
        : incompleteReason
    case "failed":
    case "cancelled":
      return "error"
    default:
      return undefined
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
