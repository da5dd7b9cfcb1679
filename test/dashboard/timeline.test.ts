import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { layOut, ticks } from "../../src/dashboard/pages/trace/timeline.ts"
import type { StoredSpan } from "../../src/services/store/TraceSummary.ts"
import { sampleSummaries, sampleTrace } from "./mock/sampleTraces.ts"

const [summary] = sampleSummaries(1, 1_764_000_000_000)
const spans = sampleTrace({ ...summary!, durationMs: 1000 }).spans

describe("layOut", () => {
  const { rows, totalMs } = layOut(spans)

  it("parents come before their children, each a step further in", () => {
    assert.deepStrictEqual(
      rows.map(({ stage, depth }) => [stage, depth]),
      [
        ["inbound", 0],
        ["authenticate", 1],
        ["resolve", 1],
        ["attempt", 1],
        ["attempt", 1],
        ["attempt", 1],
        ["stream", 2]
      ]
    )
  })

  it("times keep their microseconds, though the nanoseconds exceed a double", () => {
    assert.closeTo(totalMs, 1000, 1e-6)
    assert.closeTo(rows[1]!.startMs, 0.1, 1e-6)
    assert.closeTo(rows[1]!.durationMs, 0.3, 1e-6)
  })

  it("says what is a retry, a fallback, and when the first token came", () => {
    assert.deepStrictEqual(rows[4]!.notes, ["retry 1"])
    assert.deepStrictEqual(rows[5]!.notes, ["fallback"])
    assert.closeTo(rows[5]!.firstTokenMs!, 460, 1e-6)
  })

  it("the first byte of an error is no token", () => {
    const failed = spans.map((span) => ({
      ...span,
      attributes: { ...span.attributes, "http.response.status_code": 503, "gen_ai.response.time_to_first_chunk": 0.3 }
    }))
    assert.isTrue(layOut(failed).rows.every(({ firstTokenMs }) => firstTokenMs === undefined))
  })

  it("a span whose parent is elsewhere stands at the top", () => {
    const { rows } = layOut(spans.slice(1))
    assert.strictEqual(rows.length, 6)
    assert.strictEqual(rows[0]!.depth, 0)
  })

  it("spans that are each other's parents are shown once each", () => {
    const [a, b] = spans as [StoredSpan, StoredSpan]
    const { rows } = layOut([
      { ...a, parentSpanId: b.spanId },
      { ...b, parentSpanId: a.spanId }
    ])
    assert.strictEqual(rows.length, 2)
  })

  it("of nothing there is nothing", () => {
    assert.deepStrictEqual(layOut([]), { rows: [], totalMs: 0 })
  })
})

describe("ticks", () => {
  it("are round", () => assert.deepStrictEqual(ticks(1000), [0, 200, 400, 600, 800, 1000]))

  const duration = Schema.Finite.check(Schema.isBetween({ minimum: 1e-6, maximum: 1e8 }))
  it.prop("are a handful, from 0 and within the time", [duration], ([total]) => {
    const all = ticks(total)
    assert.strictEqual(all[0], 0)
    assert.isAtLeast(all.length, 2)
    assert.isAtMost(all.length, 6)
    assert.isAtMost(all.at(-1)!, total * 1.000001)
  })
})
