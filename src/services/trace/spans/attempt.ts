import type { SpanContext } from "@opentelemetry/api"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import { type Operation, operationOf } from "../../provider/Api.ts"
import type { RequestFacts, ResponseFacts } from "../../provider/Facts.ts"
import { put, type SpanAttributes } from "../attributes.ts"
import { cost } from "../cost.ts"
import { childSpanId, FIRST_ATTEMPT_SLOT } from "../spanIds.ts"
import type { AttemptStage, TraceEvent, TraceHeader } from "../TraceEvent.ts"
import { json, putInput } from "./content.ts"
import { requestType } from "./inbound.ts"
import type { Reading } from "./reading.ts"
import {
  CLIENT,
  childContext,
  errorType,
  type Interval,
  makeSpan,
  type SpanError,
  type Trace,
  toNanosecond,
  toSeconds,
  within
} from "./span.ts"
import { withoutQuery } from "./url.ts"

export const attemptContext = (trace: Trace, index: number): SpanContext =>
  childContext(trace, childSpanId(trace.header.spanId, FIRST_ATTEMPT_SLOT + index))

/**
 * One call to a provider, `chat gpt-4o-mini`: the GenAI client span, which is also the HTTP client's. The answer and
 * its usage stand on the last attempt; those before it failed and say only how.
 */
export const attemptSpan = (
  trace: Trace,
  event: TraceEvent,
  reading: Reading,
  attempt: AttemptStage,
  index: number
): ReadableSpan => {
  const { header } = event
  const last = index === header.attempts.length - 1
  const operation = header.api === undefined ? "chat" : operationOf(header.api)
  const time = within(trace, attempt)
  const attributes: SpanAttributes = {
    "gen_ai.operation.name": operation,
    "gen_ai.provider.name": attempt.providerName,
    "gen_ai.request.model": attempt.modelId,
    "server.address": attempt.serverAddress,
    "server.port": attempt.serverPort,
    "http.request.method": "POST",
    "url.full": withoutQuery(attempt.url),
    "gateway.attempt": index,
    "gateway.fallback": attempt.fallback,
    "peer.service": attempt.providerName,
    "service.peer.name": attempt.providerName
  }
  put(attributes, "http.response.status_code", attempt.status)
  if (attempt.resend > 0) put(attributes, "http.request.resend_count", attempt.resend)
  if (header.streaming) put(attributes, "gen_ai.request.stream", true)
  putRequestFacts(attributes, reading.requestFacts)
  putModel(attributes, header, attempt)
  put(attributes, "gen_ai.conversation.id", header.conversationId ?? reading.requestFacts.conversationId)
  putInput(attributes, reading)
  put(attributes, "gen_ai.input.messages", json(reading.requestContent.inputMessages))
  put(attributes, "gen_ai.system_instructions", json(reading.requestContent.systemInstructions))
  put(attributes, "gen_ai.tool.definitions", json(reading.requestContent.toolDefinitions))
  const facts = last ? reading.responseFacts : undefined
  if (last) putAnswer(attributes, event, reading, attempt)
  putOutcome(attributes, attempt, operation, facts)
  putTimes(attributes, header, attempt, time, facts)
  put(attributes, "tfy.error_message", attempt.errorMessage)
  if (header.capture === "full") put(attributes, "gateway.provider_error", attempt.errorBody ?? facts?.error?.message)
  return makeSpan(trace, {
    name: `${operation} ${attempt.modelId}`,
    kind: CLIENT,
    context: attemptContext(trace, index),
    parent: trace.root,
    time,
    attributes,
    error: attemptError(attempt, facts)
  })
}

const attemptError = (attempt: AttemptStage, facts: ResponseFacts | undefined): SpanError | undefined => {
  if (attempt.outcome === "client_disconnected") return undefined
  const type =
    attempt.errorType ??
    (attempt.status !== undefined && attempt.status >= 400 ? String(attempt.status) : undefined) ??
    facts?.error?.type ??
    (attempt.outcome === "completed" ? undefined : attempt.outcome === "shutdown" ? "shutdown" : "_OTHER")
  return type === undefined ? undefined : { type: errorType(type), message: attempt.errorMessage }
}

const putRequestFacts = (attributes: SpanAttributes, facts: RequestFacts): void => {
  put(attributes, "gen_ai.request.max_tokens", facts.maxTokens)
  put(attributes, "gen_ai.request.temperature", facts.temperature)
  put(attributes, "gen_ai.request.top_p", facts.topP)
  put(attributes, "gen_ai.request.top_k", facts.topK)
  put(attributes, "gen_ai.request.frequency_penalty", facts.frequencyPenalty)
  put(attributes, "gen_ai.request.presence_penalty", facts.presencePenalty)
  put(attributes, "gen_ai.request.seed", facts.seed)
  put(attributes, "gen_ai.request.choice.count", facts.choiceCount)
  put(attributes, "gen_ai.request.stop_sequences", facts.stopSequences && [...facts.stopSequences])
  put(attributes, "gen_ai.output.type", facts.outputType)
  put(attributes, "openai.request.service_tier", facts.serviceTier)
}

const putModel = (attributes: SpanAttributes, header: TraceHeader, attempt: AttemptStage): void => {
  put(attributes, "tfy.span_type", "Model")
  put(attributes, "tfy.model.id", attempt.modelId)
  put(attributes, "tfy.model.name", attempt.modelName)
  put(attributes, "tfy.model.fqn", attempt.target)
  put(attributes, "tfy.model.request_url", withoutQuery(attempt.url))
  put(attributes, "tfy.model.streaming", header.streaming)
  if (header.api !== undefined) put(attributes, "tfy.model.request_type", requestType(header.api))
  if (attempt.api === "openai" && (header.api === "chat_completions" || header.api === "responses")) {
    put(attributes, "openai.api.type", header.api)
  }
}

const putAnswer = (
  attributes: SpanAttributes,
  { header, response }: TraceEvent,
  reading: Reading,
  attempt: AttemptStage
): void => {
  put(attributes, "gen_ai.output.messages", json(reading.responseContent.outputMessages))
  put(attributes, "tfy.output", reading.output)
  const size = header.responseBytes ?? response.length
  if (size > 0) put(attributes, "http.response.body.size", size)
  const facts = reading.responseFacts
  if (facts === undefined) return
  put(attributes, "gen_ai.response.id", facts.id)
  put(attributes, "gen_ai.response.model", facts.model)
  put(attributes, "openai.response.service_tier", facts.serviceTier)
  put(attributes, "openai.response.system_fingerprint", facts.systemFingerprint)
  const usage = facts.usage
  if (usage === undefined) return
  put(attributes, "gen_ai.usage.input_tokens", usage.inputTokens)
  put(attributes, "gen_ai.usage.output_tokens", usage.outputTokens)
  put(attributes, "gen_ai.usage.cache_read.input_tokens", usage.cacheReadInputTokens)
  put(attributes, "gen_ai.usage.cache_creation.input_tokens", usage.cacheCreationInputTokens)
  put(attributes, "gen_ai.usage.reasoning.output_tokens", usage.reasoningOutputTokens)
  put(attributes, "tfy.model.metric.input_tokens", usage.inputTokens)
  put(attributes, "tfy.model.metric.output_tokens", usage.outputTokens)
  put(attributes, "tfy.model.metric.cache_read_input_tokens", usage.cacheReadInputTokens)
  put(attributes, "tfy.model.metric.cache_creation_input_tokens", usage.cacheCreationInputTokens)
  put(attributes, "tfy.model.metric.cost_in_usd", cost(attempt.price, usage))
  if (facts.usagePartial === true) put(attributes, "gateway.usage_partial", true)
}

/** `error` stands for a finish that was to come and did not: the caller left, or the answer broke off. */
const putOutcome = (
  attributes: SpanAttributes,
  attempt: AttemptStage,
  operation: Operation,
  facts: ResponseFacts | undefined
): void => {
  const reasons = facts?.finishReasons
  const cut = attempt.outcome !== "completed" && (attempt.status === undefined || attempt.status < 400)
  if (reasons !== undefined && reasons.length > 0) put(attributes, "gen_ai.response.finish_reasons", [...reasons])
  else if (cut && operation !== "embeddings") put(attributes, "gen_ai.response.finish_reasons", ["error"])
}

const putTimes = (
  attributes: SpanAttributes,
  header: TraceHeader,
  attempt: AttemptStage,
  time: Interval,
  facts: ResponseFacts | undefined
): void => {
  put(attributes, "tfy.model.metric.latency_in_ms", toNanosecond(time.end - time.start))
  const first = firstChunkMs(header, attempt, time)
  if (first === undefined) return
  put(attributes, "gen_ai.response.time_to_first_chunk", toSeconds(first))
  const token = firstTokenMs(attempt, time) ?? first
  put(attributes, "tfy.model.metric.time_to_first_token_in_ms", token)
  const tokens = facts?.usage?.outputTokens ?? 0
  if (tokens > 1) {
    put(
      attributes,
      "tfy.model.metric.inter_token_latency_in_ms",
      toNanosecond((time.end - time.start - token) / (tokens - 1))
    )
  }
}

/** From the send to the first body byte, for a streamed answer. */
export const firstChunkMs = (header: TraceHeader, attempt: AttemptStage, time: Interval): number | undefined => {
  if (!header.streaming || attempt.firstByte === undefined) return undefined
  const first = toNanosecond(Math.min(attempt.firstByte, time.end) - time.start)
  return first > 0 ? first : undefined
}

/** From the send to the first piece of the answer, where other events came before it. */
const firstTokenMs = (attempt: AttemptStage, time: Interval): number | undefined => {
  if (attempt.firstToken === undefined) return undefined
  const first = toNanosecond(Math.min(attempt.firstToken, time.end) - time.start)
  return first > 0 ? first : undefined
}
