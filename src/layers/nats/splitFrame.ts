import * as Result from "effect/Result"
import { decodeFrame, repackEvents } from "../../services/trace/frame.ts"
import type { Frame } from "../../services/trace/TraceBus.ts"
import type { TraceEvent } from "../../services/trace/TraceEvent.ts"

/** Of an answer's end, where streams carry their usage and finish reason. */
const TAIL = 16 * 1024
/** For a frame's own bytes and one event's header. */
const HEADER_ROOM = 32 * 1024

/** The event with its bodies cut to half the room each, as a capture with a lower bound would have cut them. */
const cut = (event: TraceEvent, room: number): TraceEvent => {
  const { header, request, response } = event
  const half = Math.max(0, Math.floor((room - HEADER_ROOM) / 2))
  const headEnd = Math.min(Math.max(0, half - TAIL), header.responseTailAt ?? response.length)
  const cutsRequest = request.length > half
  const cutsResponse = response.length > half
  return {
    ...event,
    header: {
      ...header,
      ...(cutsRequest ? { requestBytes: header.requestBytes ?? request.length } : {}),
      ...(cutsResponse ? { responseBytes: header.responseBytes ?? response.length, responseTailAt: headEnd } : {})
    },
    request: cutsRequest ? request.subarray(0, half) : request,
    response: cutsResponse
      ? Buffer.concat([response.subarray(0, headEnd), response.subarray(-Math.min(TAIL, half))])
      : response
  }
}

const split = (events: ReadonlyArray<TraceEvent>, maxBytes: number): ReadonlyArray<Frame> => {
  const whole = repackEvents(events)
  if (whole.bytes.byteLength <= maxBytes) return [whole]
  const [only] = events
  if (only === undefined) return []
  if (events.length === 1) {
    const lighter = repackEvents([cut(only, maxBytes)])
    return lighter.bytes.byteLength <= maxBytes ? [lighter] : []
  }
  const middle = Math.ceil(events.length / 2)
  return [...split(events.slice(0, middle), maxBytes), ...split(events.slice(middle), maxBytes)]
}

/**
 * The frame's events in frames of no more than `maxBytes`, in their order. An event that is too large for one by itself
 * has its bodies cut. Spans that are missing in the result could not be made to fit.
 */
export const splitFrame = (frame: Frame, maxBytes: number): ReadonlyArray<Frame> => {
  if (frame.bytes.byteLength <= maxBytes) return [frame]
  const events = decodeFrame(frame.bytes)
  return Result.isSuccess(events) ? split(events.success, maxBytes) : []
}
