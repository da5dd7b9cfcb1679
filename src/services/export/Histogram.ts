/** Counts per bucket, not cumulative; the last one is for what exceeds every bound. */
export interface HistogramSnapshot {
  readonly bounds: ReadonlyArray<number>
  readonly counts: ReadonlyArray<number>
  readonly sum: number
}

export interface Histogram {
  readonly observe: (value: number) => void
  readonly snapshot: () => HistogramSnapshot
}

/** `bounds` ascend; a value equal to a bound belongs under it. */
export const makeHistogram = (bounds: ReadonlyArray<number>): Histogram => {
  const counts = new Array<number>(bounds.length + 1).fill(0)
  let sum = 0
  return {
    observe: (value) => {
      const found = bounds.findIndex((bound) => value <= bound)
      const bucket = found === -1 ? bounds.length : found
      counts[bucket] = (counts[bucket] ?? 0) + 1
      sum += value
    },
    snapshot: () => ({ bounds, counts: [...counts], sum })
  }
}
