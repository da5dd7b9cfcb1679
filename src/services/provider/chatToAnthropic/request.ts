import * as Result from "effect/Result"
import type { JsonObject } from "../Api.ts"
import { arrayOf, countOf, numberOf, objectOf, textOf } from "../json.ts"
import { refuse, refuseUntranslatable } from "../refusals.ts"
import type { NotTranslatable } from "../Translator.ts"
import type { Block } from "./content.ts"
import { chatThinking, refusesSampling } from "./thinking.ts"
import { chatToolChoice, chatTools, isForced, toolsOfHistory } from "./tools.ts"
import { chatTurns } from "./turns.ts"

/** Anthropic wants a bound; OpenAI knows none by default. */
const DEFAULT_MAX_TOKENS = 4096

/** A Chat Completions request as a Messages request. */
export const chatRequest = (json: JsonObject, modelId: string): Result.Result<JsonObject, NotTranslatable> =>
  Result.gen(function* () {
    yield* refuseUntranslatable(json)
    const { system, turns } = yield* chatTurns(json["messages"])
    const tools = yield* chatTools(json["tools"])
    const choice = yield* chatToolChoice(json, tools.length > 0)
    const format = yield* responseFormat(json["response_format"])
    const asked = countOf(json["max_completion_tokens"]) ?? countOf(json["max_tokens"])
    const { budget, effort, thinking } = chatThinking(json["reasoning_effort"], modelId, turns, {
      maxTokens: asked,
      forcedTool: isForced(choice)
    })
    const allSystem = [...system, ...format.system]
    const history = tools.length === 0 ? toolsOfHistory(turns) : []
    const outputConfig = { ...effort, ...format.output }
    return {
      model: modelId,
      max_tokens: asked ?? DEFAULT_MAX_TOKENS + budget,
      ...(allSystem.length === 0 ? {} : { system: systemOf(allSystem) }),
      messages: turns,
      ...(tools.length > 0 ? { tools } : history.length > 0 ? { tools: history, tool_choice: { type: "none" } } : {}),
      ...(choice === undefined || tools.length === 0 ? {} : { tool_choice: choice }),
      ...(thinking === undefined ? {} : { thinking }),
      ...(Object.keys(outputConfig).length === 0 ? {} : { output_config: outputConfig }),
      ...(thinking === undefined && !refusesSampling(modelId) ? sampling(json) : {}),
      ...stopSequences(json["stop"]),
      ...metadata(json),
      ...(json["stream"] === true ? { stream: true } : {})
    }
  })

const systemOf = (blocks: ReadonlyArray<Block>): unknown => {
  const [only] = blocks
  return blocks.length === 1 && only !== undefined && only["cache_control"] === undefined ? only["text"] : blocks
}

/** OpenAI's temperature goes to 2, Anthropic's to 1. A model that thinks takes none of these. */
const sampling = (json: JsonObject): JsonObject => {
  const temperature = numberOf(json["temperature"])
  const topP = numberOf(json["top_p"])
  const topK = countOf(json["top_k"])
  return {
    ...(temperature === undefined ? {} : { temperature: Math.min(1, Math.max(0, temperature)) }),
    // 1 says nothing, and newer models refuse it beside a temperature.
    ...(topP === undefined || topP === 1 ? {} : { top_p: topP }),
    ...(topK === undefined ? {} : { top_k: topK })
  }
}

const stopSequences = (stop: unknown): JsonObject => {
  const sequences = typeof stop === "string" ? [stop] : arrayOf(stop)
  return sequences.length === 0 ? {} : { stop_sequences: sequences }
}

const metadata = (json: JsonObject): JsonObject => {
  const user = textOf(json["safety_identifier"]) ?? textOf(json["user"])
  return user === undefined ? {} : { metadata: { user_id: user } }
}

interface Format {
  readonly output: JsonObject
  readonly system: ReadonlyArray<Block>
}

/** A schema has its counterpart; "any JSON object" has none and becomes an instruction. */
const responseFormat = (value: unknown): Result.Result<Format, NotTranslatable> => {
  const format = objectOf(value)
  switch (format?.["type"]) {
    case "json_schema": {
      const schema = objectOf(objectOf(format["json_schema"])?.["schema"])
      if (schema === undefined) return refuse("response_format", "needs `json_schema.schema` in `response_format`")
      return Result.succeed({ output: { format: { type: "json_schema", schema } }, system: [] })
    }
    case "json_object":
      return Result.succeed({ output: {}, system: [{ type: "text", text: JSON_OBJECT_ONLY }] })
    case undefined:
    case "text":
      return Result.succeed({ output: {}, system: [] })
    default:
      return refuse("response_format", "knows the response formats text, json_object and json_schema only")
  }
}

const JSON_OBJECT_ONLY = "Answer with one valid JSON object and nothing else: no prose, no code fence."
