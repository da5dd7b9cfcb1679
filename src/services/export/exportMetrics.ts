import { escapeHelp, formatLabel, formatSample } from "../metrics/exposition.ts"
import type { DeadLetterAccount } from "./DeadLetters.ts"
import type { DestinationStatus, HealthState } from "./DestinationStatus.ts"

const HEALTH_STATES: ReadonlyArray<HealthState> = ["healthy", "retrying", "unauthorized", "misconfigured", "refusing"]

type Labels = { readonly [name: string]: string }

interface Sample {
  readonly labels: Labels
  readonly value: number
  readonly suffix?: string
}

const sampleLine = (name: string, { labels, suffix = "", value }: Sample) =>
  formatSample(
    name + suffix,
    Object.entries(labels).map(([label, text]) => formatLabel(label, text)),
    value
  )

const family = (name: string, type: "counter" | "gauge" | "histogram", help: string, samples: ReadonlyArray<Sample>) =>
  samples.length === 0
    ? ""
    : `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n${samples.map((sample) => sampleLine(name, sample)).join("")}`

/**
 * The exporter's account in Prometheus' text format, version 0.0.4. `now` is Unix milliseconds.
 *
 * For each destination, `captured` = `delivered` + `rejected` + `dead_lettered` + all `dropped` + the queue, and of the
 * dead letters `buried` = `stored` + `replayed` + `rejected` + `purged` + `full` + `expired`.
 */
export const exportMetrics = (statuses: ReadonlyArray<DestinationStatus>, now: number): string => {
  const each = (samples: (status: DestinationStatus, labels: Labels) => ReadonlyArray<Sample>) =>
    statuses.flatMap((status) => samples(status, { destination: status.name }))
  const ledgers = (
    samples: (ledger: NonNullable<DestinationStatus["ledger"]>, labels: Labels) => ReadonlyArray<Sample>
  ) => each(({ ledger }, labels) => (ledger === undefined ? [] : samples(ledger, labels)))

  const deadLetters = (samples: (account: DeadLetterAccount, labels: Labels) => ReadonlyArray<Sample>) =>
    each(({ deadLetters: account }, labels) => (account === undefined ? [] : samples(account, labels)))

  return [
    family(
      "spangate_export_spans_total",
      "counter",
      "Spans by what became of them.",
      ledgers((ledger, labels) => [
        { labels: { ...labels, outcome: "captured" }, value: ledger.captured },
        { labels: { ...labels, outcome: "delivered" }, value: ledger.delivered },
        { labels: { ...labels, outcome: "rejected" }, value: ledger.rejected },
        { labels: { ...labels, outcome: "dead_lettered" }, value: ledger.deadLettered },
        {
          labels: { ...labels, outcome: "dropped" },
          value: Object.values(ledger.dropped).reduce((sum, spans) => sum + spans, 0)
        }
      ])
    ),
    family(
      "spangate_export_dropped_spans_total",
      "counter",
      "Spans dropped, by reason.",
      ledgers((ledger, labels) =>
        Object.entries(ledger.dropped).map(([reason, value]) => ({ labels: { ...labels, reason }, value }))
      )
    ),
    family(
      "spangate_export_queue_spans",
      "gauge",
      "Spans that wait in the bus or are under way.",
      ledgers((ledger, labels) => [{ labels, value: ledger.queued }])
    ),
    family(
      "spangate_export_queue_bytes",
      "gauge",
      "Bytes in the bus that wait for the destination.",
      ledgers((ledger, labels) => [{ labels, value: ledger.queuedBytes }])
    ),
    family(
      "spangate_export_queue_capacity_bytes",
      "gauge",
      "Bytes the bus may hold.",
      each(({ queueCapacityBytes: value }, labels) => (value === undefined ? [] : [{ labels, value }]))
    ),
    family(
      "spangate_export_queue_oldest_age_seconds",
      "gauge",
      "Age of the oldest frame that waits.",
      ledgers(({ oldestAt }, labels) => [
        { labels, value: oldestAt === undefined ? 0 : Math.max(0, now - oldestAt) / 1000 }
      ])
    ),
    family(
      "spangate_export_batches_total",
      "counter",
      "Batches that the destination took.",
      each((status, labels) => [{ labels, value: status.batches }])
    ),
    family(
      "spangate_export_retries_total",
      "counter",
      "Sends that were repeated.",
      each((status, labels) => [{ labels, value: status.retries }])
    ),
    family(
      "spangate_export_probes_total",
      "counter",
      "Sends made only to find out which trace is to blame for a refusal.",
      each((status, labels) => [{ labels, value: status.probes }])
    ),
    family(
      "spangate_export_batch_limit_bytes",
      "gauge",
      "Bytes before compression that a batch may have.",
      each((status, labels) => [{ labels, value: status.maxBatchBytes }])
    ),
    family(
      "spangate_export_health",
      "gauge",
      "1 for the state the destination is in.",
      each((status, labels) =>
        HEALTH_STATES.map((state) => ({ labels: { ...labels, state }, value: status.health.state === state ? 1 : 0 }))
      )
    ),
    family(
      "spangate_export_paused",
      "gauge",
      "1 while nothing is sent until the destination's entry changes.",
      each((status, labels) => [{ labels, value: status.paused ? 1 : 0 }])
    ),
    family(
      "spangate_dead_letters",
      "gauge",
      "Dead letters stored.",
      deadLetters(({ letters }, labels) => [{ labels, value: letters }])
    ),
    family(
      "spangate_dead_letters_bytes",
      "gauge",
      "Bytes of the dead letters stored.",
      deadLetters(({ bytes }, labels) => [{ labels, value: bytes }])
    ),
    family(
      "spangate_dead_letters_stored_spans",
      "gauge",
      "Spans of the dead letters stored.",
      deadLetters(({ storedSpans }, labels) => [{ labels, value: storedSpans }])
    ),
    family(
      "spangate_dead_letters_buried_spans_total",
      "counter",
      "Spans put away as dead letters.",
      deadLetters(({ buriedSpans }, labels) => [{ labels, value: buriedSpans }])
    ),
    family(
      "spangate_dead_letters_gone_spans_total",
      "counter",
      "Spans of dead letters that are no longer stored, by where they went.",
      deadLetters(({ droppedSpans, purgedSpans, rejectedSpans, replayedSpans }, labels) =>
        Object.entries({
          replayed: replayedSpans,
          rejected: rejectedSpans,
          purged: purgedSpans,
          ...droppedSpans
        }).map(([to, value]) => ({ labels: { ...labels, to }, value }))
      )
    ),
    family(
      "spangate_export_send_duration_seconds",
      "histogram",
      "Time of one send, to the end of its answer or to its failure.",
      each(({ latency }, labels) => {
        let count = 0
        const buckets = latency.counts.map((bucket, index) => {
          count += bucket
          const bound = latency.bounds[index]
          return {
            labels: { ...labels, le: bound === undefined ? "+Inf" : String(bound) },
            value: count,
            suffix: "_bucket"
          }
        })
        return [...buckets, { labels, value: latency.sum, suffix: "_sum" }, { labels, value: count, suffix: "_count" }]
      })
    )
  ].join("")
}
