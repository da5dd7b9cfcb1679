import { isJsonObject, type JsonObject } from "../../../services/provider/Api.ts"
import { tokenCount } from "./AnswerStyle.ts"
import { type Answer, type Dialect, numberOr, textOf } from "./Dialect.ts"
import { modelOf } from "./openAiChat.ts"
import { openAiError } from "./openAiErrors.ts"
import { openAiResponsesFrames } from "./openAiResponsesFrames.ts"
import { type OutputItem, outputItems } from "./openAiResponsesItems.ts"
import type { Ask } from "./Reply.ts"
import type { Tools } from "./toolCalls.ts"

const readTools = (json: JsonObject): Tools | undefined => {
  if (!Array.isArray(json["tools"]) || json["tools"].length === 0) return undefined
  const choice = json["tool_choice"]
  const named = isJsonObject(choice) ? choice["name"] : undefined
  return {
    all: json["tools"].flatMap((tool) =>
      tool?.type === "function" && typeof tool.name === "string"
        ? [{ name: tool.name, parameters: tool.parameters }]
        : []
    ),
    choice: typeof named === "string" ? { name: named } : choice === "none" || choice === "required" ? choice : "auto",
    parallel: json["parallel_tool_calls"] !== false
  }
}

const read = (json: JsonObject, path: string): Ask | string => {
  const model = modelOf(json, path)
  if (model === undefined) return "Missing required parameter: 'model'."
  const input = typeof json["input"] === "string" ? [{ role: "user", content: json["input"] }] : json["input"]
  if (!Array.isArray(input) || input.length === 0) {
    return "One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation' must be provided."
  }
  let prompt = ""
  let characters = textOf(json["instructions"]).length
  if (json["tools"] !== undefined) characters += JSON.stringify(json["tools"]).length
  let toolResults: Array<string> = []
  for (const item of input) {
    const text = textOf(item?.content ?? item?.output)
    characters += text.length
    if (item?.role === "user") {
      prompt = text
      toolResults = []
    } else if (item?.type === "function_call_output") toolResults.push(text)
  }
  const effort = isJsonObject(json["reasoning"]) ? json["reasoning"]["effort"] : undefined
  return {
    model,
    prompt,
    promptTokens: tokenCount(characters) + 4 * input.length,
    maxTokens: numberOr(json["max_output_tokens"], undefined),
    stream: json["stream"] === true,
    choices: 1,
    thinking: effort !== undefined && effort !== null && effort !== "none",
    tools: readTools(json),
    toolResults
  }
}

const usage = (answer: Answer) => {
  const input = answer.ask.promptTokens
  const output = answer.replies[0]?.outputTokens ?? 0
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: input < 1024 ? 0 : Math.floor((input - 1) / 128) * 128,
      cache_write_tokens: 0
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: answer.replies[0]?.thinkingTokens ?? 0 },
    total_tokens: input + output
  }
}

/** The response object before there is an answer: it repeats what the request set. */
const opened = (answer: Answer, json: JsonObject) => ({
  id: `resp_fake${String(answer.number).padStart(8, "0")}`,
  object: "response",
  created_at: answer.created,
  status: "in_progress",
  error: null,
  incomplete_details: null,
  instructions: json["instructions"] ?? null,
  max_output_tokens: answer.ask.maxTokens ?? null,
  model: answer.ask.model,
  output: [],
  parallel_tool_calls: json["parallel_tool_calls"] ?? true,
  previous_response_id: json["previous_response_id"] ?? null,
  reasoning: json["reasoning"] ?? { effort: null, summary: null },
  service_tier: "default",
  store: json["store"] ?? true,
  temperature: json["temperature"] ?? 1,
  text: json["text"] ?? { format: { type: "text" } },
  tool_choice: json["tool_choice"] ?? "auto",
  tools: json["tools"] ?? [],
  top_p: json["top_p"] ?? 1,
  truncation: "disabled",
  usage: null,
  metadata: json["metadata"] ?? {}
})

const closed = (answer: Answer, json: JsonObject, items: ReadonlyArray<OutputItem>) => {
  const cut = answer.replies[0]?.finish === "length"
  return {
    ...opened(answer, json),
    status: cut ? "incomplete" : "completed",
    incomplete_details: cut ? { reason: "max_output_tokens" } : null,
    output: items.map(({ whole }) => whole),
    usage: usage(answer)
  }
}

/** `POST /v1/responses`. Nothing is stored: `previous_response_id` is repeated and not looked up. */
export const openAiResponses: Dialect = {
  read,
  whole: (answer, json) => closed(answer, json, outputItems(answer)),
  frames: (answer, json, kept) => {
    const items = outputItems(answer)
    const last = closed(answer, json, items)
    return openAiResponsesFrames(
      opened(answer, json),
      items,
      kept.done ? { ...last, usage: kept.usage ? last.usage : null } : undefined
    )
  },
  error: openAiError,
  errorFrames: [
    {
      event: "error",
      data: JSON.stringify({
        type: "error",
        code: "server_error",
        message: "The server had an error processing your request. Sorry about that!",
        param: null,
        sequence_number: 99
      }),
      token: false
    }
  ]
}
