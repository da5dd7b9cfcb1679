import type { BatchLimits } from "./frameParts.ts"
import type { EncodedSpans, Sender, SpanBatch } from "./TraceSink.ts"

/** Gathers parts into batches under the limits, in order, across frames. Holds at most one batch. */
export interface Batcher<Part extends EncodedSpans> {
  /** The batch that had to be cut to make room for the part, if one had. */
  readonly add: (part: Part) => SpanBatch<Part> | undefined
  /** What was gathered and not yet cut. */
  readonly flush: () => SpanBatch<Part> | undefined
}

/** What a part adds to a batch in which these senders are. */
const weightOf = ({ bytes, sender }: EncodedSpans, senders: ReadonlySet<Sender>): number =>
  bytes.length + (sender === undefined || senders.has(sender) ? 0 : sender.bytes)

/** A part that is over the limits by itself makes a batch of its own. Limits are asked for at every part. */
export const makeBatcher = <Part extends EncodedSpans>(limits: () => BatchLimits): Batcher<Part> => {
  let parts: Array<Part> = []
  let spanCount = 0
  let byteLength = 0
  const senders = new Set<Sender>()

  const flush = (): SpanBatch<Part> | undefined => {
    if (parts.length === 0) return undefined
    const batch = { parts, spanCount, byteLength }
    parts = []
    spanCount = 0
    byteLength = 0
    senders.clear()
    return batch
  }

  return {
    add: (part) => {
      const { maxBytes, maxSpans } = limits()
      const full = byteLength + weightOf(part, senders) > maxBytes || spanCount + part.spanCount > maxSpans
      const cut = full && spanCount > 0 ? flush() : undefined
      parts.push(part)
      spanCount += part.spanCount
      byteLength += weightOf(part, senders)
      if (part.sender !== undefined) senders.add(part.sender)
      return cut
    },
    flush
  }
}

/** The batch again, under limits that have become tighter since it was cut. */
export const recut = <Part extends EncodedSpans>(
  batch: SpanBatch<Part>,
  limits: BatchLimits
): ReadonlyArray<SpanBatch<Part>> => {
  const batcher = makeBatcher<Part>(() => limits)
  const cuts = [...batch.parts.map(batcher.add), batcher.flush()]
  return cuts.filter((cut) => cut !== undefined)
}

/** One batch of parts that are already chosen. */
export const batchOf = <Part extends EncodedSpans>(parts: ReadonlyArray<Part>): SpanBatch<Part> => {
  const batcher = makeBatcher<Part>(() => ({ maxBytes: Number.POSITIVE_INFINITY, maxSpans: Number.POSITIVE_INFINITY }))
  for (const part of parts) batcher.add(part)
  return batcher.flush() ?? { parts: [], spanCount: 0, byteLength: 0 }
}
