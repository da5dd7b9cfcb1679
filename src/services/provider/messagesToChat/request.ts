import * as Result from "effect/Result"
import type { JsonObject } from "../Api.ts"
import { arrayOf, countOf, numberOf, objectOf, objectsOf, textOf } from "../json.ts"
import { refuse } from "../refusals.ts"
import type { NotTranslatable } from "../Translator.ts"
import { chatMessages } from "./turns.ts"

/**
 * A Messages request as a Chat Completions request. What only Anthropic offers is refused, hints are left out; so is
 * what a `strict` provider would refuse.
 */
export const messagesRequest = (
  json: JsonObject,
  modelId: string,
  strict: boolean
): Result.Result<JsonObject, NotTranslatable> =>
  Result.gen(function* () {
    if (arrayOf(json["mcp_servers"]).length > 0) return yield* refuse("mcp_servers", "connects to no MCP servers")
    const messages = yield* chatMessages(json["system"], json["messages"])
    const tools = yield* chatTools(json["tools"])
    const temperature = numberOf(json["temperature"])
    const topP = numberOf(json["top_p"])
    const stop = arrayOf(json["stop_sequences"])
    const user = textOf(objectOf(json["metadata"])?.["user_id"])
    const effort = reasoningEffort(json)
    return {
      model: modelId,
      messages,
      ...maxTokens(json["max_tokens"], modelId),
      ...(temperature === undefined ? {} : { temperature }),
      ...(topP === undefined ? {} : { top_p: topP }),
      ...(stop.length === 0 ? {} : { stop }),
      ...(tools.length === 0 ? {} : { tools, ...toolChoice(objectOf(json["tool_choice"])) }),
      ...(effort === undefined ? {} : { reasoning_effort: effort }),
      ...responseFormat(json),
      ...(user === undefined || strict ? {} : { user }),
      ...(json["stream"] === true ? { stream: true } : {}),
      ...(json["stream"] === true && !strict ? { stream_options: { include_usage: true } } : {})
    }
  })

/** OpenAI's own models refuse `max_tokens` from the o series on; most others know nothing else. */
const OPENAI_MODEL = /(?:^|\/)(?:o\d|chatgpt-|gpt-(?!oss))/

const maxTokens = (value: unknown, modelId: string): JsonObject => {
  const max = countOf(value)
  if (max === undefined) return {}
  return OPENAI_MODEL.test(modelId) ? { max_completion_tokens: max } : { max_tokens: max }
}

const chatTools = (value: unknown): Result.Result<ReadonlyArray<JsonObject>, NotTranslatable> => {
  const tools: Array<JsonObject> = []
  for (const tool of objectsOf(value)) {
    const type = textOf(tool["type"])
    if (type !== undefined && type !== "custom") return refuse("tools", `does not have Anthropic's own tool ${type}`)
    const description = textOf(tool["description"])
    tools.push({
      type: "function",
      function: {
        name: textOf(tool["name"]) ?? "",
        ...(description === undefined ? {} : { description }),
        parameters: objectOf(tool["input_schema"]) ?? { type: "object", properties: {} }
      }
    })
  }
  return Result.succeed(tools)
}

const toolChoice = (choice: JsonObject | undefined): JsonObject => ({
  ...chosen(choice),
  ...(choice?.["disable_parallel_tool_use"] === true ? { parallel_tool_calls: false } : {})
})

const chosen = (choice: JsonObject | undefined): JsonObject => {
  switch (choice?.["type"]) {
    case "auto":
    case "none":
      return { tool_choice: choice["type"] }
    case "any":
      return { tool_choice: "required" }
    case "tool":
      return { tool_choice: { type: "function", function: { name: textOf(choice["name"]) ?? "" } } }
    default:
      return {}
  }
}

/** An effort as the client said it; else from the thinking budget. Adaptive thinking leaves it to the model. */
const reasoningEffort = (json: JsonObject): string | undefined => {
  const thinking = objectOf(json["thinking"])
  const effort = textOf(objectOf(json["output_config"])?.["effort"])
  if (effort !== undefined) return effort
  const budget = thinking?.["type"] === "enabled" ? countOf(thinking["budget_tokens"]) : undefined
  if (budget === undefined) return undefined
  return budget < 4096 ? "low" : budget < 16384 ? "medium" : "high"
}

const responseFormat = (json: JsonObject): JsonObject => {
  const format = objectOf(objectOf(json["output_config"])?.["format"]) ?? objectOf(json["output_format"])
  const schema = objectOf(format?.["schema"])
  return format?.["type"] !== "json_schema" || schema === undefined
    ? {}
    : { response_format: { type: "json_schema", json_schema: { name: "structured_output", schema } } }
}
