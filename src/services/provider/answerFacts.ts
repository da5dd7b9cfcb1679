import type { Mutable } from "effect/Types"
import type { JsonObject, Operation } from "./Api.ts"
import { anthropicParts } from "./anthropicParts.ts"
import type { ResponseFacts } from "./Facts.ts"
import { toSchemaFinish } from "./finishReason.ts"
import { type Part, textPart } from "./genAiParts.ts"
import { objectOf, objectsOf, textOf } from "./json.ts"
import { openAiMessageParts } from "./openAiParts.ts"
import { readAnthropicUsage, readOpenAiUsage } from "./usage.ts"

interface OutputMessage {
  readonly role: string
  readonly parts: ReadonlyArray<Part>
  readonly finish_reason: string
}

/** The facts and messages of one whole answer, whether it came as one body or was put together from a stream. */
export interface Answer {
  readonly facts: Omit<ResponseFacts, "done">
  /** Empty unless content was asked for. */
  readonly outputMessages: ReadonlyArray<OutputMessage>
}

export const readOpenAiAnswer = (body: JsonObject, operation: Operation, content: boolean): Answer => {
  const facts = commonFacts(body)
  const fingerprint = textOf(body["system_fingerprint"])
  if (fingerprint !== undefined) facts.systemFingerprint = fingerprint.toWellFormed()
  const tier = textOf(body["service_tier"])
  if (tier !== undefined) facts.serviceTier = tier.toWellFormed()
  const usage = openAiUsageOf(body)
  const read = usage && readOpenAiUsage(usage)
  if (read !== undefined) facts.usage = read
  const choices = objectsOf(body["choices"])
  const reasons = choices.flatMap((choice) => textOf(choice["finish_reason"]) ?? [])
  if (reasons.length > 0) facts.finishReasons = reasons.map((reason) => reason.toWellFormed())
  if (!content) return { facts, outputMessages: [] }
  return { facts, outputMessages: choices.map((choice) => outputMessage(choice, operation)) }
}

export const readAnthropicAnswer = (body: JsonObject, content: boolean): Answer => {
  const facts = commonFacts(body)
  const usage = objectOf(body["usage"])
  const tier = textOf(usage?.["service_tier"])
  if (tier !== undefined) facts.serviceTier = tier.toWellFormed()
  const read = usage && readAnthropicUsage(usage)
  if (read !== undefined) facts.usage = read
  const reason = textOf(body["stop_reason"])
  if (reason !== undefined) facts.finishReasons = [reason.toWellFormed()]
  if (!content || body["type"] !== "message") return { facts, outputMessages: [] }
  const message = {
    role: textOf(body["role"]) ?? "assistant",
    parts: anthropicParts(body["content"]),
    finish_reason: toSchemaFinish(reason ?? "stop")
  }
  return { facts, outputMessages: [message] }
}

/** Groq hangs the usage of a stream on `x_groq`, Moonshot on the last choice. */
export const openAiUsageOf = (chunk: JsonObject): JsonObject | undefined =>
  objectOf(chunk["usage"]) ??
  objectOf(objectOf(chunk["x_groq"])?.["usage"]) ??
  objectOf(objectsOf(chunk["choices"])[0]?.["usage"])

/** Id and model, which stand at the same place in every answer. */
export const commonFacts = (body: JsonObject): Mutable<Omit<ResponseFacts, "done">> => {
  const facts: Mutable<Omit<ResponseFacts, "done">> = {}
  const id = textOf(body["id"])
  if (id !== undefined) facts.id = id.toWellFormed()
  const model = textOf(body["model"])
  if (model !== undefined) facts.model = model.toWellFormed()
  return facts
}

const outputMessage = (choice: JsonObject, operation: Operation): OutputMessage => {
  const message = objectOf(choice["message"]) ?? {}
  const text = textOf(choice["text"])
  return {
    role: textOf(message["role"]) ?? "assistant",
    parts: operation === "text_completion" && text !== undefined ? [textPart(text)] : openAiMessageParts(message),
    finish_reason: toSchemaFinish(textOf(choice["finish_reason"]) ?? "stop")
  }
}
