import * as Result from "effect/Result"
import type { Destination } from "../config/CompiledConfig.ts"
import { repackEvents } from "../trace/frame.ts"
import type { TraceEvent } from "../trace/TraceEvent.ts"
import type { NewDeadLetter } from "./DeadLetters.ts"
import type { TracePart } from "./frameParts.ts"
import type { Permanent } from "./TraceSink.ts"
import { withoutContent } from "./withoutContent.ts"

interface Refused {
  reason: string
  answer?: string
  spans: number
  spanIds: Array<string>
}

/**
 * One dead letter for each request of which spans were refused, or never went out, by request. A destination that must
 * not see request data has letters without it. A request that cannot be put into a letter has none.
 */
export const lettersOf = (
  destination: Destination,
  parts: ReadonlyArray<TracePart>,
  refusal: Permanent | undefined,
  refusedAt: number
): ReadonlyMap<TraceEvent, NewDeadLetter> => {
  const letters = new Map<TraceEvent, NewDeadLetter>()
  for (const [event, refused] of refusedOf(parts, refusal)) {
    const { spanId, traceId } = event.header
    const frame = Result.try(() => repackEvents([destination.excludeRequestData ? withoutContent(event) : event]))
    if (Result.isFailure(frame)) continue
    const { bytes } = frame.success
    letters.set(event, {
      ...refused,
      destination: destination.name,
      traceId,
      rootSpanId: spanId,
      refusedAt,
      frame: bytes
    })
  }
  return letters
}

const refusedOf = (parts: ReadonlyArray<TracePart>, refusal: Permanent | undefined) => {
  const byEvent = new Map<TraceEvent, Refused>()
  for (const { event, lost, spanCount, spans } of parts) {
    if (event === undefined) continue
    if (lost !== undefined) add(byEvent, event, lost)
    if (refusal === undefined || spanCount === 0) continue
    const { message, reason } = refusal
    const spanIds = spans().map((span) => span.spanContext().spanId)
    add(byEvent, event, { reason, ...(message ? { answer: message } : {}), spans: spanCount, spanIds })
  }
  return byEvent
}

const add = (
  byEvent: Map<TraceEvent, Refused>,
  event: TraceEvent,
  { answer, reason, spanIds, spans }: Omit<Refused, "spanIds"> & { readonly spanIds: ReadonlyArray<string> }
): void => {
  const known = byEvent.get(event)
  if (known === undefined) {
    byEvent.set(event, { reason, ...(answer === undefined ? {} : { answer }), spans, spanIds: [...spanIds] })
    return
  }
  known.spans += spans
  known.spanIds.push(...spanIds)
}
