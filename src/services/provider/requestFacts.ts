import type { Mutable } from "effect/Types"
import type { ClientApi, JsonObject } from "./Api.ts"
import type { RequestFacts } from "./Facts.ts"
import { arrayOf, countOf, numberOf, objectOf, textOf } from "./json.ts"

export { readRequestContent } from "./requestContent.ts"

/** What a trace says of a request: its parameters as sent. Total: a member of the wrong type is as good as absent. */
export const readRequestFacts = (api: ClientApi, json: JsonObject): RequestFacts => {
  const facts: Mutable<RequestFacts> = {}
  const model = textOf(json["model"])
  if (model !== undefined) facts.model = model.toWellFormed()
  if (typeof json["stream"] === "boolean") facts.stream = json["stream"]
  const maxTokens =
    countOf(json[api === "responses" ? "max_output_tokens" : "max_completion_tokens"]) ?? countOf(json["max_tokens"])
  if (maxTokens !== undefined) facts.maxTokens = maxTokens
  const temperature = numberOf(json["temperature"])
  if (temperature !== undefined) facts.temperature = temperature
  const topP = numberOf(json["top_p"])
  if (topP !== undefined) facts.topP = topP
  const topK = numberOf(json["top_k"])
  if (topK !== undefined) facts.topK = topK
  const frequencyPenalty = numberOf(json["frequency_penalty"])
  if (frequencyPenalty !== undefined) facts.frequencyPenalty = frequencyPenalty
  const presencePenalty = numberOf(json["presence_penalty"])
  if (presencePenalty !== undefined) facts.presencePenalty = presencePenalty
  const seed = json["seed"]
  if (Number.isSafeInteger(seed)) facts.seed = Number(seed)
  const choices = countOf(json["n"])
  if (choices !== undefined && choices !== 1) facts.choiceCount = choices
  const stop = stopSequences(api === "messages" ? json["stop_sequences"] : json["stop"])
  if (stop.length > 0) facts.stopSequences = stop
  const outputType = outputTypeOf(json)
  if (outputType !== undefined) facts.outputType = outputType
  const serviceTier = textOf(json["service_tier"])
  if (serviceTier !== undefined) facts.serviceTier = serviceTier.toWellFormed()
  const conversation = api === "responses" ? conversationOf(json["conversation"]) : undefined
  if (conversation !== undefined) facts.conversationId = conversation.toWellFormed()
  return facts
}

const stopSequences = (stop: unknown): ReadonlyArray<string> =>
  (typeof stop === "string" ? [stop] : arrayOf(stop)).flatMap((item) =>
    typeof item === "string" ? [item.toWellFormed()] : []
  )

/** Named by its id, or by an object that has it. `previous_response_id` names an answer, not a conversation. */
const conversationOf = (conversation: unknown): string | undefined =>
  textOf(conversation) ?? textOf(objectOf(conversation)?.["id"])

/**
 * Only what the request asks for in words: OpenAI by `response_format`, `modalities` or `text.format`, Anthropic by
 * `output_config`.
 */
const outputTypeOf = (json: JsonObject): string | undefined => {
  const modalities = arrayOf(json["modalities"])
  if (modalities.includes("image")) return "image"
  if (modalities.includes("audio")) return "speech"
  const format =
    objectOf(json["response_format"]) ??
    objectOf(objectOf(json["text"])?.["format"]) ??
    objectOf(objectOf(json["output_config"])?.["format"]) ??
    objectOf(json["output_format"])
  switch (format?.["type"]) {
    case "json_object":
    case "json_schema":
      return "json"
    case "text":
      return "text"
    default:
      return undefined
  }
}
