import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import * as Result from "effect/Result"
import { spanCount } from "../trace/spanIds.ts"
import type { StoredFrame } from "../trace/TraceBus.ts"
import type { TraceEvent } from "../trace/TraceEvent.ts"
import { failureName } from "./failureName.ts"
import type { EncodedSpans } from "./TraceSink.ts"

/** A share of a frame on its way out. A frame's parts come in order and are never mixed with another's. */
export interface FramePart extends EncodedSpans {
  readonly sequence: number
  /** Spans of the whole frame by its publisher's count. */
  readonly frameSpans: number
  /** Spans that end here instead of going out. */
  readonly lost?: Loss
  /** Nothing more comes of the frame. */
  readonly last: boolean
}

export interface Loss {
  readonly reason: "corrupt" | "unexpandable" | "too_large"
  readonly spans: number
  /** Fit for a log: neither names nor quotes what the trace carries. */
  readonly detail: string
}

/** How a destination turns a frame into spans on the wire. All pure. */
export interface Expansion {
  readonly decode: (bytes: Uint8Array) => Result.Result<ReadonlyArray<TraceEvent>, string>
  /** Expanded and redacted. */
  readonly expand: (event: TraceEvent) => ReadonlyArray<ReadableSpan>
  /** Removes request data. */
  readonly trim: (spans: ReadonlyArray<ReadableSpan>) => ReadonlyArray<ReadableSpan>
  readonly encode: (spans: ReadonlyArray<ReadableSpan>) => Uint8Array
}

/** The most a part may be. */
export interface BatchLimits {
  readonly maxBytes: number
  readonly maxSpans: number
}

interface Piece extends EncodedSpans {
  readonly lost?: Loss
}

const NOTHING: EncodedSpans = { spans: [], bytes: new Uint8Array(0) }

/** A span too heavy for a whole request goes without its content before it does not go at all. */
const single = (span: ReadableSpan, expansion: Expansion, maxBytes: number): Piece => {
  const whole = expansion.encode([span])
  if (whole.length <= maxBytes) return { spans: [span], bytes: whole }
  const trimmed = expansion.trim([span])
  const bytes = expansion.encode(trimmed)
  return bytes.length <= maxBytes
    ? { spans: trimmed, bytes }
    : { ...NOTHING, lost: { reason: "too_large", spans: 1, detail: `${bytes.length} bytes without content` } }
}

const pieces = (event: TraceEvent, expansion: Expansion, limits: BatchLimits): ReadonlyArray<Piece> => {
  const spans = expansion.expand(event)
  if (spans.length <= limits.maxSpans) {
    const bytes = expansion.encode(spans)
    if (bytes.length <= limits.maxBytes) return [{ spans, bytes }]
  }
  return spans.map((span) => single(span, expansion, limits.maxBytes))
}

/**
 * The parts of one frame, at least one. Never throws: an event that cannot be expanded or encoded is lost alone,
 * a frame that cannot be decoded is lost whole.
 */
export function* frameParts(
  frame: StoredFrame,
  expansion: Expansion,
  limits: BatchLimits
): Generator<FramePart, void, undefined> {
  const part = (piece: Piece, last: boolean): FramePart => ({
    ...piece,
    sequence: frame.sequence,
    frameSpans: frame.spans,
    last
  })
  const decoded = expansion.decode(frame.bytes)
  if (Result.isFailure(decoded)) {
    yield part({ ...NOTHING, lost: { reason: "corrupt", spans: frame.spans, detail: decoded.failure } }, true)
    return
  }
  const events = decoded.success
  for (const [index, event] of events.entries()) {
    const expanded = Result.try({ try: () => pieces(event, expansion, limits), catch: failureName })
    const found: ReadonlyArray<Piece> = Result.isSuccess(expanded)
      ? expanded.success
      : [
          {
            ...NOTHING,
            lost: { reason: "unexpandable", spans: spanCount(event.header), detail: expanded.failure }
          }
        ]
    for (const [at, piece] of found.entries()) {
      yield part(piece, index === events.length - 1 && at === found.length - 1)
    }
  }
  if (events.length === 0) yield part(NOTHING, true)
}
