import type { InstrumentationScope } from "@opentelemetry/core"
import type { Resource } from "@opentelemetry/resources"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import type { SamplingPolicy } from "../config/CompiledConfig.ts"
import { attemptSpan } from "./spans/attempt.ts"
import { authenticateSpan } from "./spans/authenticate.ts"
import { inboundSpan } from "./spans/inbound.ts"
import { originOf } from "./spans/origin.ts"
import { type Reading, read } from "./spans/reading.ts"
import { resolveModelSpan } from "./spans/resolveModel.ts"
import type { Trace } from "./spans/span.ts"
import { streamSpan } from "./spans/stream.ts"
import type { TraceEvent } from "./TraceEvent.ts"

/**
 * The spans of one request, the root first: inbound, `authenticate`, `resolve_model`, one per attempt,
 * `stream_response`. As many as `spanCount(event.header)`.
 *
 * Pure and total: the same event always gives the same spans, and bodies of any bytes give some. Content is on the
 * inbound span and the attempts, with `capture: full` only; `excludeRequestData` takes it off again.
 * A caller's span is the root's parent, unless it is to be a link (`spans/origin.ts`). `reading` is the event's, where
 * the caller has read it already.
 */
export const expand = (
  event: TraceEvent,
  resource: Resource,
  scope: InstrumentationScope,
  remoteParent: SamplingPolicy["remoteParent"] = "parent",
  reading: Reading = read(event)
): Array<ReadableSpan> => {
  const { header } = event
  const trace: Trace = { header, ...originOf(header, remoteParent), resource, scope }
  const spans = [inboundSpan(trace, event, reading)]
  if (header.auth !== undefined) spans.push(authenticateSpan(trace, header.auth))
  if (header.resolve !== undefined) spans.push(resolveModelSpan(trace, header.resolve))
  for (const [index, attempt] of header.attempts.entries()) {
    spans.push(attemptSpan(trace, event, reading, attempt, index))
  }
  if (header.stream !== undefined) spans.push(streamSpan(trace, header.stream, reading))
  return spans
}
