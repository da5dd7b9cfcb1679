import type { DestinationStatus } from "../api/types.ts"
import { formatDuration } from "../format/numbers.ts"
import { formatAgo, formatSince } from "../format/times.ts"

export interface LastDelivery {
  readonly text: string
  /** What changes from look to look, or is empty. */
  readonly more: string
  /** Something should have arrived since. */
  readonly late: boolean
}

/** A hiccup shorter than this mends itself, and wakes nobody. */
const PATIENCE_MS = 60_000

/** What is said of a destination whose exporters are all silent: so nobody has a success to tell of. */
const NO_EXPORTER = "no_exporter"

const nothing = ({ health }: DestinationStatus): string =>
  health.lastError?.reason === NO_EXPORTER ? "No exporter is heard" : "Nothing delivered since the exporter started"

/** When a destination last took something. `now` is Unix milliseconds. */
export const lastDelivery = (status: DestinationStatus, now: number): LastDelivery => {
  const { health, batches } = status
  const at = health.lastSuccessAt
  if (isLate(status, now)) {
    return at === undefined
      ? { text: nothing(status), more: "", late: true }
      : {
          text: `No delivery since ${formatSince(at, now)}`,
          more: `, for ${formatDuration(Math.max(0, now - at))}`,
          late: true
        }
  }
  if (at !== undefined) return { text: `Delivered ${formatAgo(at, now)}`, more: mean(status), late: false }
  // An exporter of an older version does not say when.
  return batches > 0 && health.state === "healthy"
    ? { text: "Delivers", more: mean(status), late: false }
    : { text: nothing(status), more: "", late: false }
}

/** Stopped, or for a while without a delivery though it is in trouble or spans wait. */
const isLate = ({ health, ledger, paused }: DestinationStatus, now: number): boolean => {
  const { state, since, lastSuccessAt } = health
  if (paused || state === "unauthorized" || state === "misconfigured") return true
  const waits = (ledger?.queued ?? 0) > 0
  return now - (lastSuccessAt ?? since) > PATIENCE_MS && (waits || state !== "healthy")
}

const mean = ({ latency }: DestinationStatus): string => {
  const sends = latency.counts.reduce((sum, count) => sum + count, 0)
  return sends === 0 ? "" : `, ${formatDuration((latency.sum / sends) * 1000)} on average`
}
