import type { Link, SpanContext } from "@opentelemetry/api"
import type { SamplingPolicy } from "../../config/CompiledConfig.ts"
import type { TraceHeader } from "../TraceEvent.ts"
import { traceState } from "../traceState.ts"

/** Where a trace begins: its root, and what that has to do with the caller. */
export interface Origin {
  readonly root: SpanContext
  readonly parent?: SpanContext
  readonly links: Array<Link>
}

/** Sampled, and of an id whose last 56 bits are random: what traces of ours say. */
const OURS = 0x03

/**
 * `parent`: the root continues the caller's trace.
 *
 * `link`: the root begins a trace of its own and links to the caller's span, as OpenTelemetry's instrumentations do at
 * a public endpoint. The trace id is a new one, since two roots in one trace are a broken trace to whoever shows it, and
 * since what adds up usage by trace would go on counting the call twice. It is derived from the caller's trace id and
 * the root's span id, so that each request has its own, a retry has the same, and either id gives the other: XOR it with
 * the root's span id, written twice. The `tracestate` stays with the trace that it is of. A trace without a caller is the
 * same either way; `gateway.request.id`, which the answer's `x-request-id` names, finds the root in both.
 */
export const originOf = (header: TraceHeader, remoteParent: SamplingPolicy["remoteParent"]): Origin => {
  const { flags, parentSpanId, spanId, traceId } = header
  const state = header.traceState === undefined ? {} : { traceState: traceState(header.traceState) }
  const continued: SpanContext = { traceId, spanId, traceFlags: flags, ...state }
  if (parentSpanId === undefined) return { root: continued, links: [] }
  const caller: SpanContext = { ...continued, spanId: parentSpanId, isRemote: true }
  if (remoteParent === "parent") return { root: continued, parent: caller, links: [] }
  return {
    root: { traceId: ownTraceId(header), spanId, traceFlags: OURS },
    links: [{ context: caller }]
  }
}

/** Never all zero but for a caller that guessed the span id, whose request then keeps its own trace id. */
const ownTraceId = ({ spanId, traceId }: TraceHeader): string => {
  const key = BigInt(`0x${spanId}${spanId}`)
  const id = (BigInt(`0x${traceId}`) ^ key).toString(16).padStart(32, "0")
  return id === "0".repeat(32) ? traceId : id
}
