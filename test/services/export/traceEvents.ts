import { encodeFrame } from "../../../src/services/trace/frame.ts"
import type { CapturedEvent } from "../../../src/services/trace/SpanPublisher.ts"
import type { Frame } from "../../../src/services/trace/TraceBus.ts"
import type { TraceEvent, TraceHeader } from "../../../src/services/trace/TraceEvent.ts"

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0")

/** A request with four spans: inbound, authentication, resolution, one attempt. */
export const traceHeader = (index = 1): TraceHeader => ({
  wallBase: Date.UTC(2026, 10, 24),
  traceId: hex(index, 32),
  spanId: `${hex(index, 12)}0000`,
  flags: 1,
  requestId: `req-${index}`,
  start: 100,
  end: 190,
  method: "POST",
  route: "/v1/chat/completions",
  path: "/v1/chat/completions",
  host: "gateway.test",
  status: 200,
  outcome: "completed",
  api: "chat_completions",
  streaming: false,
  requestedModel: "openai-main/gpt-4o-mini",
  revision: "r1",
  auth: { start: 101, end: 102, method: "api_key", result: "ok" },
  resolve: { start: 102, end: 103, strategy: "direct", candidates: 1 },
  attempts: [
    {
      start: 103,
      end: 180,
      target: "openai-main/gpt-4o-mini",
      account: "openai-main",
      modelName: "gpt-4o-mini",
      modelId: "gpt-4o-mini",
      providerName: "openai",
      api: "openai",
      serverAddress: "api.openai.test",
      serverPort: 443,
      url: "https://api.openai.test/v1/chat/completions",
      resend: 0,
      fallback: false,
      status: 200,
      outcome: "completed"
    }
  ],
  capture: "full"
})

export const SPANS_PER_EVENT = 4

const encoder = new TextEncoder()
const asking = (question: string) =>
  encoder.encode(JSON.stringify({ model: "openai-main/gpt-4o-mini", messages: [{ role: "user", content: question }] }))
const request = asking("canary question")
const response = encoder.encode(
  JSON.stringify({
    id: "chatcmpl-1",
    model: "gpt-4o-mini",
    choices: [{ index: 0, message: { role: "assistant", content: "canary answer" }, finish_reason: "stop" }],
    usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 }
  })
)

export const traceEvent = (index = 1): TraceEvent => ({ header: traceHeader(index), request, response })

export const captured = (index = 1): CapturedEvent => ({
  header: traceHeader(index),
  request: [request],
  response: [response]
})

/** A frame of `count` events, numbered from `first`. */
export const frameOf = (count: number, first = 1, question?: string): Frame =>
  encodeFrame(
    Array.from({ length: count }, (_, offset) => ({
      ...captured(first + offset),
      ...(question === undefined ? {} : { request: [asking(question)] })
    }))
  )

/** The event numbered `broken`, from 1, cannot be expanded. */
export const frameWithBrokenEvent = (count: number, broken: number, first = 1): Frame =>
  encodeFrame(
    Array.from({ length: count }, (_, offset) => {
      const event = captured(first + offset)
      return offset + 1 === broken
        ? { ...event, header: { ...event.header, attempts: [null] as unknown as TraceHeader["attempts"] } }
        : event
    })
  )

export const corruptFrame = (spans: number): Frame => ({ bytes: new Uint8Array([1, 2, 3]), events: 1, spans })
