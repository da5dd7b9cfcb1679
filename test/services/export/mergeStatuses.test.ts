import { assert, describe, it } from "@effect/vitest"
import type { DestinationStatus, HealthState } from "../../../src/services/export/DestinationStatus.ts"
import { mergeStatuses } from "../../../src/services/export/mergeStatuses.ts"

const status = (state: HealthState, since: number, more: Partial<DestinationStatus> = {}): DestinationStatus => ({
  name: "x",
  health: { state, since },
  paused: false,
  retries: 1,
  batches: 1,
  probes: 1,
  maxBatchBytes: 10,
  latency: { bounds: [1], counts: [1, 0], sum: 1 },
  ...more
})

const letters = (spans: number) => ({
  destination: "x",
  letters: 1,
  bytes: spans,
  buriedSpans: spans,
  storedSpans: spans,
  replayedSpans: 0,
  rejectedSpans: 0,
  purgedSpans: 0,
  droppedSpans: { full: 0, expired: 0 }
})

describe("one destination as several exporters see it", () => {
  it("is as bad as the worst of them says, whoever says it first", () => {
    const states: ReadonlyArray<HealthState> = ["healthy", "retrying", "refusing", "misconfigured", "unauthorized"]
    for (const [a, one] of states.entries()) {
      for (const [b, other] of states.entries()) {
        const { health } = mergeStatuses(status(one, 1), status(other, 2))
        assert.strictEqual(health.state, states[Math.max(a, b)])
      }
    }
  })

  it("keeps the last error of one that has recovered", () => {
    const lastError = { reason: "http_503", at: 1 }
    const { health } = mergeStatuses(
      status("healthy", 1),
      status("healthy", 2, { health: { state: "healthy", since: 2, lastError } })
    )
    assert.deepStrictEqual(health, { state: "healthy", since: 1, lastError })
  })

  it("last succeeded when the latest of them did, in trouble too", () => {
    const healthy = (lastSuccessAt: number) =>
      status("healthy", 1, { health: { state: "healthy", since: 1, lastSuccessAt } })
    const merged = (one: DestinationStatus, other: DestinationStatus) => mergeStatuses(one, other).health.lastSuccessAt
    assert.strictEqual(merged(healthy(5), healthy(9)), 9)
    assert.strictEqual(merged(healthy(5), status("retrying", 2)), 5)
    assert.strictEqual(merged(status("retrying", 2), healthy(5)), 5)
    assert.notProperty(mergeStatuses(status("healthy", 1), status("healthy", 2)).health, "lastSuccessAt")
  })

  it("has the dead letters of all, and one ledger", () => {
    const ledger = { captured: 5, delivered: 5, rejected: 0, deadLettered: 0, dropped: {}, queued: 0, queuedBytes: 0 }
    const merged = mergeStatuses(
      status("healthy", 1, { deadLetters: letters(3), ledger }),
      status("healthy", 1, { deadLetters: letters(4), ledger })
    )
    assert.deepStrictEqual(merged.deadLetters, { ...letters(7), letters: 2 })
    assert.deepStrictEqual(merged.ledger, ledger)
    assert.strictEqual(
      mergeStatuses(status("healthy", 1, { deadLetters: letters(3) }), status("healthy", 1)).deadLetters?.storedSpans,
      3
    )
  })

  it("does not add times of other bounds", () => {
    const other = status("healthy", 1, { latency: { bounds: [2], counts: [5, 5], sum: 9 } })
    assert.deepStrictEqual(mergeStatuses(status("healthy", 1), other).latency, { bounds: [1], counts: [1, 0], sum: 1 })
  })
})
