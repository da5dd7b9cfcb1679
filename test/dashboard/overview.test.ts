import { assert, describe, it } from "@effect/vitest"
import { lastAnswer } from "../../src/dashboard/pages/overview/lastAnswer.ts"
import { pickedTraces } from "../../src/dashboard/pages/overview/pickedTraces.ts"
import { overviewRanges, rangeOf, toPlot, windowOf } from "../../src/dashboard/pages/overview/view.ts"
import type { Measures, Series } from "../../src/services/store/TraceQuery.ts"
import { sampleStatus } from "./mock/sampleStatus.ts"

const measures = (requests: number, errors: number, p95?: number): Measures => ({
  requests,
  errors,
  inputTokens: 10,
  outputTokens: 5,
  cost: 0.5,
  latency: p95 === undefined ? {} : { p50: p95 / 2, p95, p99: p95 * 2 },
  timeToFirstToken: {}
})

const line = (group: string): Series["lines"][number] => ({
  group,
  total: measures(6, 1, 200),
  points: [
    { at: 0, ...measures(4, 1, 100) },
    { at: 120_000, ...measures(2, 0) }
  ]
})

describe("toPlot", () => {
  const series: Series = { stepMs: 60_000, lines: [line("")] }

  it("a step without requests is 0 in a sum and a gap in a rate", () => {
    assert.deepStrictEqual(toPlot(series, "requests", 0, 180_000), {
      times: [0, 60, 120],
      lines: [{ label: "requests", values: [4, 0, 2] }]
    })
    assert.deepStrictEqual(toPlot(series, "errors", 0, 180_000).lines[0]!.values, [25, null, 0])
  })

  it("all together has three percentiles, what was not measured is a gap", () => {
    assert.deepStrictEqual(toPlot(series, "latency", 0, 180_000).lines, [
      { label: "p50", values: [50, null, null] },
      { label: "p95", values: [100, null, null] },
      { label: "p99", values: [200, null, null] }
    ])
  })

  it("groups have one line each, of percentiles p95", () => {
    const { lines } = toPlot({ stepMs: 60_000, lines: [line("a"), line("")] }, "latency", 0, 180_000)
    assert.deepStrictEqual(lines, [
      { label: "a", values: [100, null, null] },
      { label: "(none)", values: [100, null, null] }
    ])
  })

  it("a group keeps its colour when another one overtakes it", () => {
    const labels = (...groups: ReadonlyArray<string>) =>
      toPlot({ stepMs: 60_000, lines: groups.map(line) }, "cost", 0, 60_000).lines.map(({ label }) => label)
    assert.deepStrictEqual(labels("b", "", "a"), ["a", "b", "(none)"])
    assert.deepStrictEqual(labels("a", "b", ""), ["a", "b", "(none)"])
  })

  it("one group alone keeps its name", () => {
    assert.strictEqual(toPlot({ stepMs: 60_000, lines: [line("a")] }, "requests", 0, 60_000).lines[0]!.label, "a")
  })

  it("nothing at all is a flat line", () => {
    assert.deepStrictEqual(toPlot({ stepMs: 60_000, lines: [] }, "requests", 0, 120_000).lines, [
      { label: "requests", values: [0, 0] }
    ])
  })
})

describe("pickedTraces", () => {
  const part = { from: 60_000, to: 120_000 }

  it("a point of the error rate leads to the errors", () => {
    assert.deepStrictEqual(pickedTraces({ metric: "errors", ...part }), { ...part, result: "error" })
    assert.deepStrictEqual(pickedTraces({ metric: "latency", ...part }), part)
  })

  it("a line by group leads to the group's, where that is one", () => {
    const pick = (line: string) => pickedTraces({ metric: "cost", ...part, groupBy: "model", line })
    assert.deepStrictEqual(pick("a/b"), { ...part, model: "a/b" })
    assert.deepStrictEqual(pick("(none)"), part)
    assert.deepStrictEqual(pick("other"), part)
  })
})

describe("lastAnswer", () => {
  const now = 1_000_000
  const status = sampleStatus(1, now, 0).destinations[0]!

  it("of a healthy one it was a success, however it went before", () => {
    const answer = lastAnswer({ ...status, latency: { bounds: [], counts: [1, 3], sum: 0.4 } }, now)
    assert.deepStrictEqual(answer, { text: "accepted, 100 ms on average", reason: undefined, message: undefined })
  })

  it("of one that was sent nothing there is none", () => {
    const answer = lastAnswer({ ...status, batches: 0, latency: { bounds: [], counts: [0], sum: 0 } }, now)
    assert.strictEqual(answer.text, "none yet")
  })

  it("of one in trouble it is the error", () => {
    const lastError = { reason: "http_401", message: "no", at: now - 12_000 }
    assert.deepStrictEqual(lastAnswer({ ...status, health: { state: "unauthorized", since: 0, lastError } }, now), {
      text: "12 s ago",
      reason: "http_401",
      message: "no"
    })
  })
})

describe("windowOf", () => {
  it("covers whole steps up to now, few enough to draw and to ask for", () => {
    for (const range of overviewRanges) {
      const { from, to } = windowOf(range, 1_764_000_012_345)
      assert.strictEqual(to - from, range.ms)
      assert.strictEqual(from % range.stepMs, 0)
      assert.isAbove(to, 1_764_000_012_345)
      assert.strictEqual(range.stepMs % 60_000, 0)
      assert.isAtMost(range.ms / range.stepMs, 120)
    }
  })

  it("an unknown range is the last hour", () => assert.strictEqual(rangeOf("1y").value, "1h"))
})
