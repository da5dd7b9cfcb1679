import * as Result from "effect/Result"
import { decodeFrame } from "../trace/frame.ts"
import { spanCount } from "../trace/spanIds.ts"
import type { Disposition, StoredFrame } from "../trace/TraceBus.ts"
import type { TraceEvent } from "../trace/TraceEvent.ts"
import { storedTrace } from "./storedTrace.ts"
import type { StoredTrace } from "./TraceSummary.ts"

/** A trace on its way into the store, and the spans that its publisher counted for it. */
export interface Arrival {
  readonly trace: StoredTrace
  readonly spans: number
}

/** What frames hold, and what of them cannot be stored: spans by reason. */
export interface Arrivals {
  readonly arrivals: ReadonlyArray<Arrival>
  readonly lost: ReadonlyMap<string, number>
}

/** Reads a frame. Never throws: what cannot be read is `corrupt`, an event that gives no trace `unstorable`. */
export const frameTraces = (frame: StoredFrame): Arrivals => {
  const [whole = EMPTY] = framePieces(frame, Number.POSITIVE_INFINITY)
  return whole
}

/** The same so many events at a time, each read when it is its turn. */
export function* framePieces(frame: StoredFrame, size: number): Generator<Arrivals> {
  const decoded = decodeFrame(frame.bytes)
  if (Result.isFailure(decoded)) return yield { arrivals: [], lost: new Map([["corrupt", frame.spans]]) }
  for (let at = 0; at < decoded.success.length; at += size) yield arrivalsOf(decoded.success.slice(at, at + size))
}

const EMPTY: Arrivals = { arrivals: [], lost: new Map() }

const arrivalsOf = (events: ReadonlyArray<TraceEvent>): Arrivals => {
  const arrivals: Array<Arrival> = []
  let unstorable = 0
  for (const event of events) {
    const arrival = arrivalOf(event)
    if (arrival === undefined) unstorable += spansOf(event)
    else arrivals.push(arrival)
  }
  return { arrivals, lost: unstorable === 0 ? new Map() : new Map([["unstorable", unstorable]]) }
}

const arrivalOf = (event: TraceEvent): Arrival | undefined => {
  try {
    return { trace: storedTrace(event), spans: spanCount(event.header) }
  } catch {
    return undefined
  }
}

// A header that gives no trace may not even have attempts to count; its root was counted in any case.
const spansOf = ({ header }: TraceEvent): number => {
  try {
    return spanCount(header)
  } catch {
    return 1
  }
}

/** The account of frames with so many spans, of which these were lost and the others stored. */
export const dispositionOf = (spans: number, lost: ReadonlyMap<string, number>): Disposition => {
  let left = spans
  const dropped: Record<string, number> = {}
  for (const [reason, count] of lost) {
    // What is counted beyond the promise would unbalance the ledger.
    const share = Math.min(count, left)
    if (share > 0) dropped[reason] = share
    left -= share
  }
  return { delivered: left, rejected: 0, deadLettered: 0, dropped }
}
