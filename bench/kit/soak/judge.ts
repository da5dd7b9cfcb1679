import type { Finding } from "../Bench.ts"
import type { MetricsText } from "../spangate.ts"
import { median, number } from "../statistics.ts"
import type { Traffic } from "./traffic.ts"
import type { Sample } from "./watch.ts"

/** Heaps find their size in the first half, or in five minutes. */
const WARM_UP_SECONDS = 300

/** What the trend over all that follows the warm-up may add. A short run has not seen the end of it. */
const GROWTH = 0.1
const SHORT_SECONDS = 300
const SHORT_GROWTH = 0.2
/** A few connections, or a little garbage, more or less are no trend. */
const FEW_HANDLES = 20
const FEW_MEBIBYTES = 8

/** Samples that count. */
export const afterWarmUp = (samples: ReadonlyArray<Sample>): ReadonlyArray<Sample> => {
  const end = samples.at(-1)?.at ?? 0
  return samples.filter(({ at }) => at >= Math.min(WARM_UP_SECONDS, end / 2))
}

/** The median of the slopes between all pairs (Theil and Sen): single spikes do not move it. Per second. */
const slope = (samples: ReadonlyArray<Sample>, of: (sample: Sample) => number): number => {
  const slopes: Array<number> = []
  for (const [index, left] of samples.entries()) {
    for (const right of samples.slice(index + 1)) slopes.push((of(right) - of(left)) / (right.at - left.at))
  }
  return slopes.length === 0 ? 0 : median(slopes)
}

const flat = (
  what: string,
  samples: ReadonlyArray<Sample>,
  of: (sample: Sample) => number,
  unit: string,
  few: number
): Finding => {
  const seconds = (samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0)
  const growth = seconds < SHORT_SECONDS ? SHORT_GROWTH : GROWTH
  const level = median(samples.map(of))
  const grown = slope(samples, of) * seconds
  return {
    what,
    target: `trend ≤ ${few === 0 ? "" : `${few}${unit} or `}${100 * growth} % in all`,
    measured: `${number(level, 0)}${unit}, trend ${number(grown, 1)}${unit} in ${number(seconds / 60, 1)} min`,
    ok: grown <= Math.max(few, growth * level)
  }
}

export interface SoakEnd {
  readonly samples: ReadonlyArray<Sample>
  readonly traffic: Traffic
  /** When everything had time to be settled. */
  readonly metrics: MetricsText
  /** Spans that the destination counted. */
  readonly taken: number
}

/** What must hold after any soak, however long. */
export const judge = ({ metrics, samples, taken, traffic }: SoakEnd): ReadonlyArray<Finding> => {
  const steady = afterWarmUp(samples)
  const delivered = metrics.outcome("delivered")
  const lost = metrics.outcome("dropped") + metrics.lostBeforeBus
  const seen = metrics.sum("spangate_requests_total")
  return [
    flat("resident memory", steady, ({ resident }) => resident, " MiB", 0),
    flat("JavaScript heap in use", steady, ({ heap }) => heap, " MiB", FEW_MEBIBYTES),
    flat("open files", steady, ({ files }) => files, "", FEW_HANDLES),
    flat("active resources", steady, ({ resources }) => resources, "", FEW_HANDLES),
    {
      what: "requests that went otherwise than they should",
      target: "none",
      measured: [String(traffic.failures()), ...traffic.reasons()].join("; "),
      ok: traffic.failures() === 0
    },
    {
      what: "requests traced",
      target: "all that were answered",
      measured: `${number(seen, 0)} of ${number(traffic.answered(), 0)}`,
      ok: seen >= traffic.answered() && seen <= traffic.sent()
    },
    {
      what: "spool at the end",
      target: "empty",
      measured: `${number(metrics.backlog, 0)} spans queued`,
      ok: metrics.backlog === 0
    },
    {
      what: "the ledger",
      target: "balances",
      measured: ledgerOf(metrics),
      ok: metrics.balances
    },
    { what: "spans lost", target: "none", measured: number(lost, 0), ok: lost === 0 },
    {
      what: "spans that the destination counted",
      target: "at least those delivered",
      measured: `${number(taken, 0)} of ${number(delivered, 0)}`,
      ok: taken >= delivered
    }
  ]
}

const ledgerOf = (metrics: MetricsText): string =>
  [
    `captured ${number(metrics.captured, 0)}`,
    ...["delivered", "rejected", "dead_lettered", "dropped"].map(
      (outcome) => `${outcome.replace("_", "-")} ${number(metrics.outcome(outcome), 0)}`
    ),
    `queued ${number(metrics.sum("spangate_export_queue_spans"), 0)}`
  ].join(", ")
