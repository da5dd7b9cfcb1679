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

/** Is told how many spans cannot be stored, and why. */
export type Lose = (reason: string, spans: number) => void

/** The events of a frame; one that cannot be read has none, and is `corrupt`. Never throws. */
export const frameEvents = (frame: StoredFrame, lose: Lose): ReadonlyArray<TraceEvent> => {
  const decoded = decodeFrame(frame.bytes)
  if (Result.isSuccess(decoded)) return decoded.success
  lose("corrupt", frame.spans)
  return []
}

/**
 * The traces of events, each made when it is its turn: all at once they would grow old before they are stored, and what
 * grows old is dear to collect. Never throws: an event that gives no trace is `unstorable`.
 */
export function* arrivalsOf(events: Iterable<TraceEvent>, lose: Lose): Generator<Arrival, void> {
  for (const event of events) {
    const arrival = arrivalOf(event)
    if (arrival === undefined) lose("unstorable", spansOf(event))
    else yield arrival
  }
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
