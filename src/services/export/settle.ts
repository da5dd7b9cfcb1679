import * as Result from "effect/Result"
import type { Disposition } from "../trace/TraceBus.ts"
import type { TraceEvent } from "../trace/TraceEvent.ts"
import type { FramePart } from "./frameParts.ts"
import type { Accepted, Permanent, SpanBatch } from "./TraceSink.ts"

/** What the destination said of a batch, at last. */
export type Outcome = Result.Result<Accepted, Permanent>

/** The requests of which a dead letter is kept. */
export type Buried = ReadonlySet<TraceEvent>

export const NO_SPANS: Disposition = { delivered: 0, rejected: 0, deadLettered: 0, dropped: {} }

export interface Settlement {
  /** The account of the frame that the batch leaves unfinished. */
  readonly open: Disposition
  /** Every frame up to this one is settled. */
  readonly acknowledge?: { readonly sequence: number; readonly disposition: Disposition }
}

const plus = (a: Disposition, b: Disposition): Disposition => {
  const dropped = { ...a.dropped }
  for (const [reason, spans] of Object.entries(b.dropped)) dropped[reason] = (dropped[reason] ?? 0) + spans
  return {
    delivered: a.delivered + b.delivered,
    rejected: a.rejected + b.rejected,
    deadLettered: a.deadLettered + b.deadLettered,
    dropped
  }
}

const drop = (reason: string, spans: number): Disposition =>
  spans > 0 ? { ...NO_SPANS, dropped: { [reason]: spans } } : NO_SPANS

const bury = (spans: number): Disposition => ({ ...NO_SPANS, deadLettered: spans })

const total = (account: Disposition): number =>
  account.delivered +
  account.rejected +
  account.deadLettered +
  Object.values(account.dropped).reduce((sum, spans) => sum + spans, 0)

/**
 * Makes a finished frame's account add up to what its publisher counted, which is what the ledger has as captured.
 * Spans that were promised and never came out of the expansion are drops; spans beyond the promise go uncounted.
 */
const balanced = (account: Disposition, frameSpans: number): Disposition => {
  let surplus = total(account) - frameSpans
  if (surplus <= 0) return plus(account, drop("unexpandable", -surplus))
  const take = (spans: number) => {
    const kept = Math.max(0, spans - surplus)
    surplus -= spans - kept
    return kept
  }
  return {
    delivered: take(account.delivered),
    rejected: take(account.rejected),
    deadLettered: take(account.deadLettered),
    dropped: Object.fromEntries(Object.entries(account.dropped).map(([reason, spans]) => [reason, take(spans)]))
  }
}

/**
 * Books a batch's outcome on its frames. A frame is acknowledged by the batch that carries its last part, so one
 * cut across batches waits for all of them. A destination that claims to reject more than it got rejects what it got.
 * What was refused, or never went out, is dead-lettered where it is `buried`, and dropped elsewhere.
 */
export const settle = (
  open: Disposition,
  batch: SpanBatch<FramePart>,
  outcome: Outcome,
  buried: Buried
): Settlement => {
  let rejections = Result.isSuccess(outcome) ? outcome.success.rejectedSpans : 0
  let settled = NO_SPANS
  let sequence: number | undefined
  for (const part of batch.parts) {
    const spans = part.spanCount
    const end = part.event !== undefined && buried.has(part.event) ? (_: string, count: number) => bury(count) : drop
    if (Result.isFailure(outcome)) {
      open = plus(open, end(outcome.failure.reason, spans))
    } else {
      const rejected = Math.min(rejections, spans)
      rejections -= rejected
      open = plus(open, { ...NO_SPANS, delivered: spans - rejected, rejected })
    }
    if (part.lost !== undefined) open = plus(open, end(part.lost.reason, part.lost.spans))
    if (part.notSampled !== undefined) open = plus(open, drop("not_sampled", part.notSampled))
    if (part.last) {
      settled = plus(settled, balanced(open, part.frameSpans))
      open = NO_SPANS
      sequence = part.sequence
    }
  }
  return sequence === undefined ? { open } : { open, acknowledge: { sequence, disposition: settled } }
}
