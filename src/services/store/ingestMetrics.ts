import { escapeHelp, formatLabel, formatSample } from "../metrics/exposition.ts"
import type { TraceIngestStatus } from "./TraceIngest.ts"

type Sample = readonly [labels: ReadonlyArray<string>, value: number]

const family = (name: string, type: "counter" | "gauge", help: string, samples: ReadonlyArray<Sample>) =>
  `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n${samples.map(([labels, value]) => formatSample(name, labels, value)).join("")}`

const plain = (value: number): ReadonlyArray<Sample> => [[[], value]]

/**
 * The trace store's account in Prometheus' text format, version 0.0.4: `captured` = `stored` + `dropped` + the queue.
 * Without a ledger only what this process itself knows. `now` is Unix milliseconds.
 */
export const ingestMetrics = ({ failures, ledger, waiting }: TraceIngestStatus, now: number): string => {
  const own = [
    family("spangate_store_failures_total", "counter", "Batches that the trace store did not take.", plain(failures)),
    family("spangate_store_waiting", "gauge", "1 while the trace store does not take traces.", plain(waiting ? 1 : 0))
  ]
  if (ledger === undefined) return own.join("")
  const { captured, delivered, dropped, oldestAt, queued, queuedBytes } = ledger
  const outcome = (name: string, value: number): Sample => [[formatLabel("outcome", name)], value]
  return [
    ...own,
    family("spangate_store_spans_total", "counter", "Spans by what became of them on the way to the trace store.", [
      outcome("captured", captured),
      outcome("stored", delivered),
      outcome(
        "dropped",
        Object.values(dropped).reduce((sum, spans) => sum + spans, 0)
      )
    ]),
    family("spangate_store_queue_spans", "gauge", "Spans in the bus that wait for the trace store.", plain(queued)),
    family("spangate_store_queue_bytes", "gauge", "Bytes in the bus that wait for it.", plain(queuedBytes)),
    family(
      "spangate_store_queue_oldest_age_seconds",
      "gauge",
      "Age of the oldest frame that waits for it.",
      plain(oldestAt === undefined ? 0 : Math.max(0, now - oldestAt) / 1000)
    )
  ].join("")
}
