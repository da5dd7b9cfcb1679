import type { IdGenerator } from "../trace/IdGenerator.ts"
import type { TraceClock } from "../trace/TraceClock.ts"
import type { TraceHeader } from "../trace/TraceEvent.ts"
import { TraceRecord } from "../trace/TraceRecord.ts"
import { parseTraceparent, parseTracestate } from "../trace/traceContext.ts"
import type { Exchange } from "./Exchange.ts"

/** What is known of a request before its body. */
export type RequestHead = Pick<Exchange, "method" | "path" | "header" | "peerAddress" | "peerPort" | "protocolVersion">

/** Longest value kept of what the caller chooses freely. */
const LONGEST = 512

/** Opens the trace: continues the caller's when its `traceparent` is valid, else starts one, sampled. */
export const beginRecord = (
  exchange: RequestHead,
  clock: TraceClock["Service"],
  ids: IdGenerator["Service"]
): TraceRecord => {
  const traceparent = exchange.header("traceparent")
  const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent)
  const spanId = ids.spanId()
  const header: TraceHeader = {
    wallBase: clock.wallBase(),
    traceId: parent === undefined ? ids.traceId() : parent.traceId,
    spanId,
    // Sampled and, for ids of our own, random (W3C trace context level 2).
    flags: parent === undefined ? 0x03 : parent.flags,
    requestId: "",
    start: clock.now(),
    end: 0,
    method: exchange.method,
    path: exchange.path.slice(0, LONGEST),
    protocolVersion: exchange.protocolVersion,
    outcome: "completed",
    streaming: false,
    revision: "",
    attempts: [],
    capture: "full"
  }
  header.requestId = header.traceId + spanId
  if (parent !== undefined) {
    header.parentSpanId = parent.spanId
    const tracestate = exchange.header("tracestate")
    const state = tracestate === undefined ? undefined : parseTracestate(tracestate)
    if (state !== undefined) header.traceState = state
  }
  const host = exchange.header("host")
  if (host !== undefined) header.host = host.slice(0, LONGEST)
  const userAgent = exchange.header("user-agent")
  if (userAgent !== undefined) header.userAgent = userAgent.slice(0, LONGEST)
  const forwarded = exchange.header("x-forwarded-for")
  const client = forwarded === undefined ? "" : firstOf(forwarded)
  if (client !== "") header.clientAddress = client
  if (exchange.peerAddress !== undefined) {
    header.peerAddress = exchange.peerAddress
    header.clientAddress ??= exchange.peerAddress
  }
  if (exchange.peerPort !== undefined) header.peerPort = exchange.peerPort
  return new TraceRecord(header)
}

const firstOf = (list: string): string => {
  const comma = list.indexOf(",")
  return (comma === -1 ? list : list.slice(0, comma)).trim().slice(0, LONGEST)
}
