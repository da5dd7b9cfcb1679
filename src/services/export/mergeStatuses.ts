import type { DeadLetterAccount } from "./DeadLetters.ts"
import type { DestinationStatus, Health, HealthState } from "./DestinationStatus.ts"
import type { HistogramSnapshot } from "./Histogram.ts"

/** From the best to the one that an operator must hear of first. */
const severity: ReadonlyArray<HealthState> = ["healthy", "retrying", "refusing", "misconfigured", "unauthorized"]

/**
 * One destination as several exporters see it, in one: the worst health, and the counts of all. Each keeps dead letters
 * of its own, so these add up; the ledger is one account that all of them share, and is any one's.
 */
export const mergeStatuses = (one: DestinationStatus, other: DestinationStatus): DestinationStatus => {
  const ledger = one.ledger ?? other.ledger
  const deadLetters = plusLetters(one.deadLetters, other.deadLetters)
  const queueCapacityBytes = one.queueCapacityBytes ?? other.queueCapacityBytes
  return {
    name: one.name,
    ...(ledger === undefined ? {} : { ledger }),
    ...(deadLetters === undefined ? {} : { deadLetters }),
    ...(queueCapacityBytes === undefined ? {} : { queueCapacityBytes }),
    health: worse(one.health, other.health),
    paused: one.paused || other.paused,
    retries: one.retries + other.retries,
    batches: one.batches + other.batches,
    probes: one.probes + other.probes,
    maxBatchBytes: Math.min(one.maxBatchBytes, other.maxBatchBytes),
    latency: plusLatency(one.latency, other.latency)
  }
}

/** Of two that are as bad, the one that is so for longer; with the last error of either, and the latest success. */
const worse = (one: Health, other: Health): Health => {
  const [a, b] = [severity.indexOf(one.state), severity.indexOf(other.state)]
  const worst = a > b || (a === b && one.since <= other.since) ? one : other
  const errors = [one.lastError, other.lastError].filter((error) => error !== undefined)
  const lastError = worst.lastError ?? errors[0]
  const successes = [one.lastSuccessAt, other.lastSuccessAt].filter((at) => at !== undefined)
  return {
    ...worst,
    ...(lastError === undefined ? {} : { lastError }),
    ...(successes.length === 0 ? {} : { lastSuccessAt: Math.max(...successes) })
  }
}

const plusLetters = (
  one: DeadLetterAccount | undefined,
  other: DeadLetterAccount | undefined
): DeadLetterAccount | undefined => {
  if (one === undefined || other === undefined) return one ?? other
  return {
    destination: one.destination,
    letters: one.letters + other.letters,
    bytes: one.bytes + other.bytes,
    buriedSpans: one.buriedSpans + other.buriedSpans,
    storedSpans: one.storedSpans + other.storedSpans,
    replayedSpans: one.replayedSpans + other.replayedSpans,
    rejectedSpans: one.rejectedSpans + other.rejectedSpans,
    purgedSpans: one.purgedSpans + other.purgedSpans,
    droppedSpans: {
      full: one.droppedSpans.full + other.droppedSpans.full,
      expired: one.droppedSpans.expired + other.droppedSpans.expired
    }
  }
}

/** Those of another version may have other bounds, and cannot be added. */
const plusLatency = (one: HistogramSnapshot, other: HistogramSnapshot): HistogramSnapshot =>
  one.bounds.join() === other.bounds.join()
    ? {
        bounds: one.bounds,
        counts: one.counts.map((count, at) => count + (other.counts[at] ?? 0)),
        sum: one.sum + other.sum
      }
    : one
