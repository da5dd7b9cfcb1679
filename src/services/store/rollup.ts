import { LatencySketch } from "./LatencySketch.ts"
import type { GroupBy, Measures, TopRequest } from "./TraceQuery.ts"
import type { TraceResult, TraceSummary } from "./TraceSummary.ts"

/** What requests are counted by. Empty text where nobody said. */
export interface Dimensions {
  readonly model: string
  readonly provider: string
  readonly subject: string
  readonly result: TraceResult
}

export const dimensionsOf = ({ model, provider, result, subject }: TraceSummary): Dimensions => ({
  model: model ?? "",
  provider: provider ?? "",
  subject: subject ?? "",
  result
})

/** The group that a request belongs to; without `groupBy` all are one. */
export const groupOf = (dimensions: Dimensions, groupBy: GroupBy | undefined): string =>
  groupBy === undefined ? "" : dimensions[groupBy]

/** Counts of a rollup, as they are stored. */
export interface RollupCounts {
  readonly requests: number
  readonly errors: number
  readonly inputTokens: number
  readonly outputTokens: number
  /** US dollars. */
  readonly cost: number
}

/** What many requests came to. Rollups add up. */
export class Rollup {
  requests = 0
  errors = 0
  inputTokens = 0
  outputTokens = 0
  cost = 0
  readonly latency = new LatencySketch()
  readonly timeToFirstToken = new LatencySketch()

  add(summary: TraceSummary): void {
    this.requests += 1
    if (summary.result === "error") this.errors += 1
    this.inputTokens += summary.inputTokens ?? 0
    this.outputTokens += summary.outputTokens ?? 0
    this.cost += summary.cost ?? 0
    this.latency.record(summary.durationMs)
    if (summary.timeToFirstTokenMs !== undefined) this.timeToFirstToken.record(summary.timeToFirstTokenMs)
  }

  /** Adds a stored one. */
  merge(
    counts: RollupCounts,
    latency: Uint8Array | LatencySketch,
    timeToFirstToken: Uint8Array | LatencySketch | null
  ): void {
    this.requests += counts.requests
    this.errors += counts.errors
    this.inputTokens += counts.inputTokens
    this.outputTokens += counts.outputTokens
    this.cost += counts.cost
    this.latency.merge(latency)
    if (timeToFirstToken !== null) this.timeToFirstToken.merge(timeToFirstToken)
  }

  /** Counts from nothing again. */
  clear(): void {
    this.requests = 0
    this.errors = 0
    this.inputTokens = 0
    this.outputTokens = 0
    this.cost = 0
    this.latency.clear()
    this.timeToFirstToken.clear()
  }

  mergeRollup(other: Rollup): void {
    this.merge(other, other.latency, other.timeToFirstToken)
  }

  /** What rollups are ordered by. */
  by(order: TopRequest["orderBy"]): number {
    return order === "tokens" ? this.inputTokens + this.outputTokens : this[order]
  }

  measures(): Measures {
    const { cost, errors, inputTokens, outputTokens, requests } = this
    return {
      requests,
      errors,
      inputTokens,
      outputTokens,
      cost,
      latency: percentilesOf(this.latency),
      timeToFirstToken: percentilesOf(this.timeToFirstToken)
    }
  }
}

const percentilesOf = (sketch: LatencySketch): Measures["latency"] => {
  const [p50, p95, p99] = sketch.percentiles([0.5, 0.95, 0.99])
  return p50 === undefined || p95 === undefined || p99 === undefined ? {} : { p50, p95, p99 }
}
