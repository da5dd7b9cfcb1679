import type { CapturedEvent } from "../../src/services/trace/SpanPublisher.ts"
import { spanCount } from "../../src/services/trace/spanIds.ts"
import type { TraceClock } from "../../src/services/trace/TraceClock.ts"
import type { TraceEvent, TraceHeader } from "../../src/services/trace/TraceEvent.ts"
import { outcomes, REQUEST } from "../services/trace/events.ts"
import type { Draw } from "./Draw.ts"

const ENDINGS = Object.values<TraceEvent>(outcomes)

const encoder = new TextEncoder()

/** The event's times, so much later; what it has none of stays absent. */
const later = (header: TraceHeader, ms: number): TraceHeader => {
  const moved = structuredClone(header)
  const stages = [moved.auth, moved.resolve, moved.stream, ...moved.attempts].filter((stage) => stage !== undefined)
  for (const stage of [moved, ...stages]) {
    stage.start += ms
    stage.end += ms
    if ("firstByte" in stage && stage.firstByte !== undefined) stage.firstByte += ms
  }
  return moved
}

/** A request of any ending, with ids of its own, that has just ended. */
export const anyCapture = (draw: Draw, clock: TraceClock["Service"], contentBytes: number): CapturedEvent => {
  const { header, request, response } = draw.pick(ENDINGS)
  const content = draw.int(0, contentBytes)
  const asked = {
    ...REQUEST,
    messages: [{ role: "user", content: draw.pick(["x", "é", "漢\u{1f600}"]).repeat(content / 2) }]
  }
  const traceId = draw.hex(32)
  const spanId = `${draw.hex(12)}${draw.hex(4)}`
  return {
    header: {
      ...later(header, clock.now() - header.end),
      wallBase: clock.wallBase(),
      traceId,
      spanId,
      requestId: `${traceId}${spanId}`
    },
    request: [request.length === 0 || content < 10 ? request : encoder.encode(JSON.stringify(asked))],
    response: [response]
  }
}

export const spansOf = ({ header }: CapturedEvent): number => spanCount(header)
