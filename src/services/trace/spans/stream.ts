import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import { put, type SpanAttributes } from "../attributes.ts"
import { hrTime } from "../hrTime.ts"
import { childSpanId, STREAM_SLOT } from "../spanIds.ts"
import type { StreamStage } from "../TraceEvent.ts"
import { attemptContext, firstChunkMs } from "./attempt.ts"
import type { Reading } from "./reading.ts"
import { childContext, errorType, INTERNAL, makeSpan, type SpanError, type Trace, toSeconds, within } from "./span.ts"

/**
 * `stream_response`, under the attempt that it streams: from the provider's first byte to the last one handed to the
 * client. An error when the provider broke off or never said that it was done; not when the client left.
 */
export const streamSpan = (trace: Trace, stage: StreamStage, { responseFacts }: Reading): ReadableSpan => {
  const { header } = trace
  const time = within(trace, stage)
  const attempt = header.attempts.at(-1)
  const attributes: SpanAttributes = {
    "gen_ai.request.stream": true,
    "gateway.stream.chunk_count": stage.chunks,
    "gateway.stream.bytes": stage.bytes,
    "gateway.stream.done_received": stage.done
  }
  if (stage.chunks > 1) {
    put(attributes, "gateway.stream.inter_chunk_avg_s", toSeconds((time.end - time.start) / (stage.chunks - 1)))
  }
  const first = attempt && firstChunkMs(header, attempt, within(trace, attempt))
  if (first !== undefined) put(attributes, "gen_ai.response.time_to_first_chunk", toSeconds(first))
  const reasons = responseFacts?.finishReasons
  if (reasons !== undefined) put(attributes, "gen_ai.response.finish_reasons", [...reasons])
  put(attributes, "gen_ai.usage.output_tokens", responseFacts?.usage?.outputTokens)
  return makeSpan(trace, {
    name: "stream_response",
    kind: INTERNAL,
    context: childContext(trace, childSpanId(header.spanId, STREAM_SLOT)),
    parent: attempt === undefined ? trace.root : attemptContext(trace, header.attempts.length - 1),
    time,
    attributes,
    error: streamError(stage),
    events: [{ name: "first_chunk", time: hrTime(header.wallBase, time.start) }]
  })
}

const streamError = (stage: StreamStage): SpanError | undefined => {
  if (stage.outcome === "client_disconnected") return undefined
  const failed = stage.outcome === "failed" || (stage.outcome === "completed" && !stage.done)
  const type =
    stage.errorType ?? (failed ? "stream_interrupted" : stage.outcome === "shutdown" ? "shutdown" : undefined)
  return type === undefined ? undefined : { type: errorType(type) }
}
