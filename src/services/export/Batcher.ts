import type { BatchLimits } from "./frameParts.ts"
import type { EncodedSpans, SpanBatch } from "./TraceSink.ts"

/** Gathers parts into batches under the limits, in order, across frames. Holds at most one batch. */
export interface Batcher<Part extends EncodedSpans> {
  /** The batch that had to be cut to make room for the part, if one had. */
  readonly add: (part: Part) => SpanBatch<Part> | undefined
  /** What was gathered and not yet cut. */
  readonly flush: () => SpanBatch<Part> | undefined
}

/** A part that is over the limits by itself makes a batch of its own. Limits are asked for at every part. */
export const makeBatcher = <Part extends EncodedSpans>(limits: () => BatchLimits): Batcher<Part> => {
  let parts: Array<Part> = []
  let spanCount = 0
  let byteLength = 0

  const flush = (): SpanBatch<Part> | undefined => {
    if (parts.length === 0) return undefined
    const batch = { parts, spanCount, byteLength }
    parts = []
    spanCount = 0
    byteLength = 0
    return batch
  }

  return {
    add: (part) => {
      const { maxBytes, maxSpans } = limits()
      const full = byteLength + part.bytes.length > maxBytes || spanCount + part.spanCount > maxSpans
      const cut = full && spanCount > 0 ? flush() : undefined
      parts.push(part)
      spanCount += part.spanCount
      byteLength += part.bytes.length
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
export const batchOf = <Part extends EncodedSpans>(parts: ReadonlyArray<Part>): SpanBatch<Part> => ({
  parts,
  spanCount: parts.reduce((sum, part) => sum + part.spanCount, 0),
  byteLength: parts.reduce((sum, part) => sum + part.bytes.length, 0)
})
