import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Destination } from "../config/CompiledConfig.ts"
import { IdGenerator } from "../trace/IdGenerator.ts"
import { outgoing } from "../trace/outgoing.ts"
import type { TraceEvent } from "../trace/TraceEvent.ts"
import { type Explained, explainAccepted, explainFailure } from "./explainAnswer.ts"
import { type EncodedSpans, TraceSinks } from "./TraceSink.ts"
import { timeoutSender } from "./timeoutSender.ts"

export const TEST_TRACE_NAME = "spangate test trace"

/** Somebody waits for the answer, however long the destination's own patience is. */
const MOST_PATIENCE_MS = 15_000

export interface TestTraceResult extends Explained {
  readonly latencyMs: number
  readonly traceId: string
}

/**
 * Sends one made-up trace down the real path: the destination's own wire, redaction and limits, one attempt. It is in
 * no ledger and in no store. Never fails: every answer has its explanation.
 */
export const sendTestTrace = Effect.fnUntraced(function* (
  destination: Destination,
  /** Resource attributes common to all destinations. */
  common: { readonly [key: string]: string }
): Effect.fn.Return<TestTraceResult, never, TraceSinks | IdGenerator> {
  const ids = yield* IdGenerator
  const sinks = yield* TraceSinks
  const event = testEvent(ids.traceId(), ids.spanId(), yield* Clock.currentTimeMillis)
  const start = yield* Clock.currentTimeNanos
  const answer = yield* Effect.gen(function* () {
    const sink = yield* sinks.open(destination, common)
    const spans = outgoing(destination, sink.resource, sink.scope)(event)
    const part: EncodedSpans = { spanCount: spans.length, bytes: sink.encode(spans), spans: () => spans }
    const attempt = yield* sink.prepare({
      parts: [part],
      spanCount: part.spanCount,
      byteLength: part.bytes.byteLength + sink.envelopeBytes
    })
    return yield* timeoutSender(attempt, Math.min(destination.timeoutMs, MOST_PATIENCE_MS))
  }).pipe(Effect.scoped, Effect.result)
  const latencyMs = Number((yield* Clock.currentTimeNanos) - start) / 1e6
  const explained = Result.isSuccess(answer)
    ? explainAccepted(destination, answer.success)
    : explainFailure(destination, answer.failure)
  return { ...explained, latencyMs, traceId: event.header.traceId }
})

const encoder = new TextEncoder()
const json = (value: unknown) => encoder.encode(JSON.stringify(value))

const MODEL = "spangate-test"

const request = json({
  model: `spangate/${MODEL}`,
  messages: [{ role: "user", content: "Is anybody there? This is a test trace of Spangate, made up from end to end." }]
})

const response = json({
  id: "chatcmpl-spangate-test",
  model: MODEL,
  choices: [{ index: 0, message: { role: "assistant", content: "Yes, it arrived." }, finish_reason: "stop" }],
  usage: { prompt_tokens: 16, completion_tokens: 5, total_tokens: 21 }
})

/** One request of four spans that ended just now. */
const testEvent = (traceId: string, spanId: string, now: number): TraceEvent => ({
  header: {
    wallBase: now - 120,
    traceId,
    spanId,
    flags: 1,
    requestId: `spangate-test-${traceId.slice(0, 8)}`,
    start: 0,
    end: 120,
    method: "POST",
    // The root's name is made of it.
    route: TEST_TRACE_NAME,
    path: "/v1/chat/completions",
    status: 200,
    outcome: "completed",
    api: "chat_completions",
    streaming: false,
    requestedModel: `spangate/${MODEL}`,
    subject: TEST_TRACE_NAME,
    metadata: JSON.stringify({ test: "true" }),
    revision: "test",
    auth: { start: 1, end: 2, method: "api_key", result: "ok" },
    resolve: { start: 2, end: 3, strategy: "direct", candidates: 1, target: `spangate/${MODEL}`, modelId: MODEL },
    attempts: [
      {
        start: 3,
        end: 118,
        firstByte: 117,
        target: `spangate/${MODEL}`,
        account: "spangate",
        modelName: MODEL,
        modelId: MODEL,
        providerName: "spangate",
        api: "openai",
        serverAddress: "spangate.invalid",
        serverPort: 443,
        url: "https://spangate.invalid/v1/chat/completions",
        resend: 0,
        fallback: false,
        status: 200,
        outcome: "completed"
      }
    ],
    capture: "full"
  },
  request,
  response
})
