import type { OtlpSpan } from "./OtlpTrace.ts"

const ERROR = 2

export interface Latency {
  readonly requests: number
  readonly errors: number
  /** 0 to 1. */
  readonly errorRate: number
  readonly avgMs: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

export const durationMs = (span: OtlpSpan): number => Number(span.endTimeUnixNano - span.startTimeUnixNano) / 1e6

export const failed = (span: OtlpSpan): boolean => span.status.code === ERROR

/** Nearest rank: the smallest value that at least `share` of all are not above. */
const percentile = (sorted: ReadonlyArray<number>, share: number): number =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0

export const latencyOf = (durations: ReadonlyArray<number>, errors: number): Latency => {
  const sorted = [...durations].sort((a, b) => a - b)
  const requests = sorted.length
  return {
    requests,
    errors,
    errorRate: requests === 0 ? 0 : errors / requests,
    avgMs: requests === 0 ? 0 : sorted.reduce((sum, ms) => sum + ms, 0) / requests,
    p50Ms: percentile(sorted, 0.5),
    p95Ms: percentile(sorted, 0.95),
    p99Ms: percentile(sorted, 0.99),
    maxMs: sorted.at(-1) ?? 0
  }
}
