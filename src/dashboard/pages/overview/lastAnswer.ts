import type { DestinationStatus } from "../../api/types.ts"
import { formatDuration } from "../../format/numbers.ts"
import { formatAgo } from "../../format/times.ts"

export interface LastAnswer {
  readonly text: string
  /** Why, where it was no success. */
  readonly reason: string | undefined
  readonly message: string | undefined
}

/** What a destination said last, as far as it is known: a healthy one has taken what it was sent. */
export const lastAnswer = ({ health, batches, latency }: DestinationStatus, now: number): LastAnswer => {
  const { state, since, lastError } = health
  if (state !== "healthy") {
    return {
      text: lastError === undefined ? `${state} ${formatAgo(since, now)}` : formatAgo(lastError.at, now),
      reason: lastError?.reason,
      message: lastError?.message
    }
  }
  const sends = latency.counts.reduce((sum, count) => sum + count, 0)
  const mean = sends === 0 ? "" : `, ${formatDuration((latency.sum / sends) * 1000)} on average`
  return { text: batches === 0 ? "none yet" : `accepted${mean}`, reason: undefined, message: undefined }
}
