import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import * as Result from "effect/Result"
import { spanCount } from "../trace/spanIds.ts"
import type { StoredFrame } from "../trace/TraceBus.ts"
import type { TraceEvent } from "../trace/TraceEvent.ts"
import type { Expansion } from "./Expansion.ts"
import { failureName } from "./failureName.ts"
import type { EncodedSpans } from "./TraceSink.ts"

/** Spans of one request on their way out, in one piece or several. */
export interface TracePart extends EncodedSpans {
  /** The request, by identity: what is put away when its spans are refused. Absent where there is none to read. */
  readonly event?: TraceEvent
  /** Spans that end here instead of going out. */
  readonly lost?: Loss
}

/** A share of a frame on its way out. A frame's parts come in order and are never mixed with another's. */
export interface FramePart extends TracePart {
  readonly sequence: number
  /** Spans of the whole frame by its publisher's count. */
  readonly frameSpans: number
  /** Spans that stay here by the destination's sampling policy. */
  readonly notSampled?: number
  /** Nothing more comes of the frame. */
  readonly last: boolean
}

export interface Loss {
  readonly reason: "corrupt" | "unexpandable" | "too_large"
  readonly spans: number
  /** Of the spans; empty where none came to be. */
  readonly spanIds: ReadonlyArray<string>
  /** Fit for a log: neither names nor quotes what the trace carries. */
  readonly detail: string
}

/** The most a part may be. */
export interface BatchLimits {
  readonly maxBytes: number
  readonly maxSpans: number
}

type Piece = Omit<TracePart, "event">

export const NOTHING: EncodedSpans = { spanCount: 0, bytes: new Uint8Array(0), spans: () => [] }

const one = (span: ReadableSpan, bytes: Uint8Array): EncodedSpans => ({ spanCount: 1, bytes, spans: () => [span] })

/** Guesses at how much content fits: the encoding may need more bytes than the text has. */
const FITTINGS = 4

/** A span too heavy for a whole request goes with its content cut before it does not go at all. */
const single = (span: ReadableSpan, expansion: Expansion, maxBytes: number): Piece => {
  const whole = expansion.encode([span])
  if (whole.length <= maxBytes) return one(span, whole)
  const bare = expansion.cut(span, 0)
  const bareBytes = expansion.encode([bare])
  if (bareBytes.length > maxBytes) {
    const { spanId } = span.spanContext()
    const detail = `${bareBytes.length} bytes without content`
    return { ...NOTHING, lost: { reason: "too_large", spans: 1, spanIds: [spanId], detail } }
  }
  let room = maxBytes - bareBytes.length
  for (let fitting = 0; fitting < FITTINGS && room > 0; fitting++) {
    const cut = expansion.cut(span, room)
    const bytes = expansion.encode([cut])
    if (bytes.length <= maxBytes) return one(cut, bytes)
    room = Math.floor((0.95 * room * (maxBytes - bareBytes.length)) / (bytes.length - bareBytes.length))
  }
  return one(bare, bareBytes)
}

const piecesOf = (event: TraceEvent, expansion: Expansion, limits: BatchLimits): ReadonlyArray<Piece> => {
  const sender = expansion.senderOf(event)
  const from = sender === undefined ? {} : { sender }
  const maxBytes = limits.maxBytes - (sender?.bytes ?? 0)
  const spans = expansion.expand(event)
  if (spans.length <= limits.maxSpans) {
    const bytes = expansion.encode(spans)
    if (bytes.length <= maxBytes)
      return [{ spanCount: spans.length, bytes, spans: () => expansion.expand(event), ...from }]
  }
  return spans.map((span) => ({ ...single(span, expansion, maxBytes), ...from }))
}

/** The spans of one request in pieces under the limits, at least one. Never throws: what cannot be expanded is lost. */
export const eventPieces = (event: TraceEvent, expansion: Expansion, limits: BatchLimits): ReadonlyArray<Piece> => {
  const found = Result.try({
    try: () => piecesOf(event, expansion, limits),
    catch: failureName
  })
  if (Result.isSuccess(found)) return found.success.length === 0 ? [NOTHING] : found.success
  const lost: Loss = {
    reason: "unexpandable",
    spans: spanCount(event.header),
    spanIds: [],
    detail: found.failure
  }
  return [{ ...NOTHING, lost }]
}

/** A part's spans again, in pieces of at most `maxBytes`: one by one, and cut where a single one is heavier. */
export const lighterPieces = (part: TracePart, expansion: Expansion, maxBytes: number): ReadonlyArray<Piece> =>
  part.spans().map((span) => single(span, expansion, maxBytes - (part.sender?.bytes ?? 0)))

/**
 * The parts of one frame, at least one. Never throws: an event that cannot be expanded or encoded is lost alone,
 * a frame that cannot be decoded is lost whole.
 */
export function* frameParts(
  frame: StoredFrame,
  expansion: Expansion,
  limits: BatchLimits
): Generator<FramePart, void, undefined> {
  const common = { sequence: frame.sequence, frameSpans: frame.spans }
  const decoded = expansion.decode(frame.bytes)
  if (Result.isFailure(decoded)) {
    const lost: Loss = { reason: "corrupt", spans: frame.spans, spanIds: [], detail: decoded.failure }
    yield { ...common, ...NOTHING, lost, last: true }
    return
  }
  const events = decoded.success
  for (const [index, event] of events.entries()) {
    if (!expansion.wants(event)) {
      yield { ...common, ...NOTHING, notSampled: spanCount(event.header), last: index === events.length - 1 }
      continue
    }
    const pieces = eventPieces(event, expansion, limits)
    for (const [at, piece] of pieces.entries()) {
      yield { ...common, ...piece, event, last: index === events.length - 1 && at === pieces.length - 1 }
    }
  }
  if (events.length === 0) yield { ...common, ...NOTHING, last: true }
}
