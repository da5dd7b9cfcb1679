import type { CapturedEvent } from "../../../src/services/trace/SpanPublisher.ts"
import type { TraceHeader } from "../../../src/services/trace/TraceEvent.ts"

/** A header of one span; `requestId` tells events apart. */
export const headerOf = (requestId: string): TraceHeader => ({
  wallBase: 1_700_000_000_000,
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  flags: 1,
  requestId,
  start: 1.25,
  end: 20.5,
  method: "POST",
  path: "/v1/chat/completions",
  outcome: "completed",
  streaming: false,
  revision: "r1",
  attempts: [],
  capture: "full"
})

/** An event of two spans, with bodies of `bytes` in all. */
export const eventOf = (requestId: string, bytes = 0): CapturedEvent => ({
  header: { ...headerOf(requestId), auth: { start: 1.5, end: 1.75, method: "api_key", result: "ok" } },
  request: [new Uint8Array(bytes)],
  response: []
})
