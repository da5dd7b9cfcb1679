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

/** When a destination last took something. `now` is when the status was given, by the control plane's clock. */
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

/** Stopped, or for a while without a delivery though spans wait, or it is in trouble, as long. */
const isLate = ({ health, ledger, paused }: DestinationStatus, now: number): boolean => {
  const { state, since, lastSuccessAt } = health
  if (paused || state === "unauthorized" || state === "misconfigured") return true
  const isLong = (at: number) => now - at > PATIENCE_MS
  // What came a moment ago, after hours without a request, is not late: its own age counts.
  const waits = ledger?.oldestAt !== undefined && isLong(ledger.oldestAt)
  return isLong(lastSuccessAt ?? since) && (waits || (state !== "healthy" && isLong(since)))
}

const mean = ({ latency }: DestinationStatus): string => {
  const sends = latency.counts.reduce((sum, count) => sum + count, 0)
  return sends === 0 ? "" : `, ${formatDuration((latency.sum / sends) * 1000)} on average`
}
