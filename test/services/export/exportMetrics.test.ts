import { assert, describe, it } from "@effect/vitest"
import type { DestinationStatus } from "../../../src/services/export/DestinationStatus.ts"
import { exportMetrics } from "../../../src/services/export/exportMetrics.ts"
import { makeHistogram } from "../../../src/services/export/Histogram.ts"

const latency = makeHistogram([0.1, 1])
for (const seconds of [0.05, 0.1, 0.5, 20]) latency.observe(seconds)

const status: DestinationStatus = {
  name: "middleware",
  ledger: {
    captured: 100,
    delivered: 60,
    rejected: 5,
    deadLettered: 1,
    dropped: { http_400: 3, spool_full: 4 },
    queued: 27,
    queuedBytes: 2048,
    oldestAt: 1_000
  },
  health: { state: "retrying", since: 0 },
  paused: true,
  probes: 6,
  queueCapacityBytes: 1_000_000,
  deadLetters: {
    destination: "middleware",
    letters: 2,
    bytes: 900,
    buriedSpans: 30,
    storedSpans: 8,
    replayedSpans: 9,
    rejectedSpans: 1,
    purgedSpans: 5,
    droppedSpans: { full: 4, expired: 3 }
  },
  retries: 9,
  batches: 12,
  maxBatchBytes: 4_194_304,
  latency: latency.snapshot()
}

const values = (text: string) =>
  new Map(
    text
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))] as const)
  )

describe("exportMetrics", () => {
  const text = exportMetrics([status], 31_000)
  const found = values(text)
  const of = (name: string, labels = "") => found.get(`${name}{destination="middleware"${labels}}`)

  it("states the ledger, and it balances", () => {
    const spans = (outcome: string) => of("spangate_export_spans_total", `,outcome="${outcome}"`) ?? Number.NaN
    assert.strictEqual(spans("captured"), 100)
    assert.strictEqual(
      spans("captured"),
      spans("delivered") +
        spans("rejected") +
        spans("dead_lettered") +
        spans("dropped") +
        (of("spangate_export_queue_spans") ?? Number.NaN)
    )
    assert.strictEqual(of("spangate_export_dropped_spans_total", ',reason="http_400"'), 3)
    assert.strictEqual(of("spangate_export_dropped_spans_total", ',reason="spool_full"'), 4)
  })

  it("states the queue", () => {
    assert.strictEqual(of("spangate_export_queue_bytes"), 2048)
    assert.strictEqual(of("spangate_export_queue_capacity_bytes"), 1_000_000)
    assert.strictEqual(of("spangate_export_queue_oldest_age_seconds"), 30)
  })

  it("states health, retries, batches and their limit", () => {
    assert.strictEqual(of("spangate_export_health", ',state="retrying"'), 1)
    assert.strictEqual(of("spangate_export_health", ',state="healthy"'), 0)
    assert.strictEqual(of("spangate_export_retries_total"), 9)
    assert.strictEqual(of("spangate_export_batches_total"), 12)
    assert.strictEqual(of("spangate_export_batch_limit_bytes"), 4_194_304)
    assert.strictEqual(of("spangate_export_paused"), 1)
    assert.strictEqual(of("spangate_export_probes_total"), 6)
  })

  it("states the dead letters, and they balance", () => {
    const gone = ["replayed", "rejected", "purged", "full", "expired"].map(
      (to) => of("spangate_dead_letters_gone_spans_total", `,to="${to}"`) ?? Number.NaN
    )
    assert.deepStrictEqual(gone, [9, 1, 5, 4, 3])
    assert.strictEqual(
      of("spangate_dead_letters_buried_spans_total"),
      gone.reduce((sum, spans) => sum + spans, of("spangate_dead_letters_stored_spans") ?? Number.NaN)
    )
    assert.deepStrictEqual([of("spangate_dead_letters"), of("spangate_dead_letters_bytes")], [2, 900])
  })

  it("has a cumulative latency histogram", () => {
    assert.strictEqual(of("spangate_export_send_duration_seconds_bucket", ',le="0.1"'), 2)
    assert.strictEqual(of("spangate_export_send_duration_seconds_bucket", ',le="1"'), 3)
    assert.strictEqual(of("spangate_export_send_duration_seconds_bucket", ',le="+Inf"'), 4)
    assert.strictEqual(of("spangate_export_send_duration_seconds_count"), 4)
    assert.closeTo(of("spangate_export_send_duration_seconds_sum") ?? 0, 20.65, 1e-9)
  })

  it("names each family once, before its samples", () => {
    const types = exportMetrics([status, { ...status, name: "other" }], 31_000).match(/^# TYPE \S+/gm) ?? []
    assert.strictEqual(new Set(types).size, types.length)
    assert.isTrue(types.length >= 10)
  })

  it("escapes names, and leaves out what is not known yet", () => {
    const { deadLetters: _, ledger: _1, queueCapacityBytes: _2, ...unread } = status
    const sparse = exportMetrics([{ ...unread, name: 'a"b\\c\nd' }], 0)
    assert.include(sparse, 'spangate_export_retries_total{destination="a\\"b\\\\c\\nd"} 9')
    assert.notInclude(sparse, "spangate_export_spans_total")
    assert.notInclude(sparse, "capacity")
    assert.notInclude(sparse, "spangate_dead_letters")
  })

  it("is empty without destinations", () => {
    assert.strictEqual(exportMetrics([], 0), "")
  })
})
