import { formatValue } from "./exposition.ts"
import type { Child, Sample } from "./Family.ts"

/** How often a value fell under each bound, their number and their sum. */
export class Histogram implements Child {
  private readonly bounds: ReadonlyArray<number>
  /** One more than the bounds: the last counts what is above them all. */
  private readonly counts: Float64Array
  private sum = 0

  constructor(bounds: ReadonlyArray<number>) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length + 1)
  }

  /** NaN is ignored: it would spoil the sum for good. */
  observe(value: number): void {
    if (Number.isNaN(value)) return
    let bucket = 0
    // A bucket holds its bound; a linear walk beats a binary search at a dozen bounds.
    for (const bound of this.bounds) {
      if (value <= bound) break
      bucket += 1
    }
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1
    this.sum += value
  }

  samples(): ReadonlyArray<Sample> {
    const samples: Array<Sample> = []
    let count = 0
    this.counts.forEach((inBucket, bucket) => {
      count += inBucket
      const bound = this.bounds[bucket] ?? Number.POSITIVE_INFINITY
      samples.push({ suffix: "_bucket", label: `le="${formatValue(bound)}"`, value: count })
    })
    samples.push({ suffix: "_sum", label: "", value: this.sum }, { suffix: "_count", label: "", value: count })
    return samples
  }
}
