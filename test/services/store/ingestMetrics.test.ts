import { assert, describe, it } from "@effect/vitest"
import { ingestMetrics } from "../../../src/services/store/ingestMetrics.ts"
import { parseExposition } from "../metrics/parseExposition.ts"

const valuesOf = (text: string) =>
  Object.fromEntries(
    parseExposition(text).flatMap(({ samples }) =>
      samples.map(({ labels, name, value }) => [[name, ...Object.values(labels)].join(" "), value] as const)
    )
  )

describe("ingestMetrics", () => {
  it("states the store's account, and it balances", () => {
    const ledger = {
      captured: 100,
      delivered: 60,
      rejected: 0,
      deadLettered: 0,
      dropped: { unstorable: 3, spool_full: 4 },
      queued: 33,
      queuedBytes: 2048,
      oldestAt: 1_000
    }
    const found = valuesOf(ingestMetrics({ ledger, stored: 15, failures: 2, waiting: true }, 31_000))
    assert.deepStrictEqual(found, {
      spangate_store_failures_total: 2,
      spangate_store_waiting: 1,
      "spangate_store_spans_total captured": 100,
      "spangate_store_spans_total stored": 60,
      "spangate_store_spans_total dropped": 7,
      spangate_store_queue_spans: 33,
      spangate_store_queue_bytes: 2048,
      spangate_store_queue_oldest_age_seconds: 30
    })
  })

  it("shows no queue before it was ever read", () => {
    const found = valuesOf(ingestMetrics({ stored: 0, failures: 0, waiting: false }, 0))
    assert.deepStrictEqual(Object.keys(found), ["spangate_store_failures_total", "spangate_store_waiting"])
  })
})
