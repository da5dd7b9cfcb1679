import { assert, describe, it } from "@effect/vitest"
import type { DestinationStatus } from "../../src/dashboard/api/types.ts"
import { type LastDelivery, lastDelivery } from "../../src/dashboard/components/lastDelivery.ts"
import { storeBehind } from "../../src/dashboard/components/storeBehind.ts"
import { formatHour, formatMinute } from "../../src/dashboard/format/times.ts"
import { lastAnswer } from "../../src/dashboard/pages/overview/lastAnswer.ts"
import { dropsOf, keptLetters, lostSpans } from "../../src/dashboard/pages/overview/losses.ts"
import { pickedTraces } from "../../src/dashboard/pages/overview/pickedTraces.ts"
import { troubles } from "../../src/dashboard/pages/overview/troubles.ts"
import { overviewRanges, pollMsOf, rangeOf, toPlot, windowOf } from "../../src/dashboard/pages/overview/view.ts"
import type { HealthState } from "../../src/services/export/DestinationStatus.ts"
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

describe("lastDelivery", () => {
  const now = Date.UTC(2026, 10, 24, 12, 0, 0)
  const status = sampleStatus(1, now, 0).destinations[0]!
  const { oldestAt: _, ...ledger } = status.ledger!
  const latency = { bounds: [], counts: [1, 3], sum: 0.4 }
  const of = (
    state: HealthState,
    lastSuccessAt: number | undefined,
    queued: number,
    more: Partial<DestinationStatus> = {}
  ): LastDelivery =>
    lastDelivery(
      {
        ...status,
        latency,
        ledger: { ...ledger, queued, ...(queued === 0 ? {} : { oldestAt: lastSuccessAt ?? now }) },
        health: { state, since: now - 900_000, ...(lastSuccessAt === undefined ? {} : { lastSuccessAt }) },
        ...more
      },
      now
    )

  it("of a healthy one is how long ago, and how long it takes", () => {
    const delivered = { text: "Delivered 3 s ago", more: ", 100 ms on average", late: false }
    assert.deepStrictEqual(of("healthy", now - 3000, 20), delivered)
  })

  it("of one that has had nothing to send is no fault, however long ago", () => {
    assert.deepInclude(of("healthy", now - 7_200_000, 0), { text: "Delivered 2 h ago", late: false })
    assert.deepInclude(of("healthy", undefined, 0, { batches: 0 }), {
      text: "Nothing delivered since the exporter started",
      late: false
    })
  })

  it("of one in trouble is since when there was none, with the day where it was another one", () => {
    const at = now - 94_000
    assert.deepStrictEqual(of("retrying", at, 1), {
      text: `No delivery since ${formatHour(at)}`,
      more: ", for 1 min 34 s",
      late: true
    })
    const yesterday = now - 86_400_000
    assert.deepInclude(of("refusing", yesterday, 0), {
      text: `No delivery since ${formatMinute(yesterday)}`,
      more: ", for 1 d 0 h"
    })
    assert.deepInclude(of("retrying", undefined, 1), {
      text: "Nothing delivered since the exporter started",
      late: true
    })
  })

  it("of one without an exporter is that there is none", () => {
    const health = { state: "retrying", since: 0, lastError: { reason: "no_exporter", at: now } } as const
    assert.deepInclude(of("retrying", undefined, 1, { health }), { text: "No exporter is heard", late: true })
  })

  it("a hiccup of less than a minute is no trouble, a refused key is at once", () => {
    const late = (state: HealthState, ago: number, queued: number) => of(state, now - ago, queued).late
    assert.deepStrictEqual([late("retrying", 59_000, 9), late("retrying", 61_000, 9)], [false, true])
    assert.deepStrictEqual([late("healthy", 59_000, 9), late("healthy", 61_000, 9)], [false, true])
    assert.deepStrictEqual([late("unauthorized", 1000, 0), late("misconfigured", 1000, 0)], [true, true])
    assert.isTrue(of("healthy", now - 1000, 0, { paused: true }).late)
  })

  it("after hours without a request the first one is not late, nor is its first hiccup", () => {
    const queue = (oldestAt: number) => ({ ...ledger, queued: 4, oldestAt })
    const waiting = (oldestAt: number) => of("healthy", now - 7_200_000, 4, { ledger: queue(oldestAt) })
    assert.deepInclude(waiting(now - 200), { text: "Delivered 2 h ago", late: false })
    assert.isTrue(waiting(now - 61_000).late)
    const health = { state: "retrying", since: now - 5000, lastSuccessAt: now - 7_200_000 } as const
    const fresh = queue(now - 5200)
    assert.isFalse(of("retrying", undefined, 4, { health, ledger: fresh }).late)
    assert.isTrue(of("retrying", undefined, 4, { health: { ...health, since: now - 61_000 }, ledger: fresh }).late)
  })

  it("of an exporter that does not say when is that it delivers", () => {
    assert.deepInclude(of("healthy", undefined, 0), { text: "Delivers", late: false })
  })
})

describe("what a destination has lost", () => {
  const { ledger } = sampleStatus(1, 0, 0).destinations[0]!
  const dropped = { full: 2, destination_behind: 5, not_sampled: 900, expired: 0 }
  const status = { ledger: { ...ledger!, rejected: 3, dropped } }

  it("is told by reason, the most first; what its entry leaves out is no loss", () => {
    assert.deepStrictEqual(dropsOf(status), [
      { reason: "not sampled", spans: 900, wanted: true },
      { reason: "destination behind", spans: 5, wanted: false },
      { reason: "full", spans: 2, wanted: false }
    ])
    assert.strictEqual(lostSpans(status), 12 + 3 + 7)
    assert.strictEqual(lostSpans({}), 0)
  })

  it("of dead letters is what can still be sent again", () => {
    assert.strictEqual(keptLetters(status), 12)
    const deadLetters = { ...emptyLetters, buriedSpans: 12, replayedSpans: 12 }
    assert.strictEqual(keptLetters({ ...status, deadLetters }), 0)
  })
})

const emptyLetters = {
  destination: "a",
  letters: 0,
  bytes: 0,
  buriedSpans: 0,
  storedSpans: 0,
  replayedSpans: 0,
  rejectedSpans: 0,
  purgedSpans: 0,
  droppedSpans: { full: 0, expired: 0 }
}

describe("storeBehind", () => {
  const now = 10_000_000
  const ledger = { ...sampleStatus(1, now, 0).destinations[0]!.ledger!, queued: 1200 }
  const traceStore = { traces: 1, bytes: 1 }

  it("says nothing while the queue is short, and where another program fills the store", () => {
    assert.isUndefined(storeBehind({ traceStore }, now))
    assert.isUndefined(
      storeBehind({ traceStore, traceIngest: { waiting: false, ledger: { ...ledger, oldestAt: now - 59_000 } } }, now)
    )
  })

  it("says how far behind, that nothing is taken, and that nobody answers", () => {
    const old = { ...ledger, oldestAt: now - 720_000 }
    assert.include(storeBehind({ traceStore, traceIngest: { waiting: false, ledger: old } }, now), "12 min 0 s behind")
    assert.include(storeBehind({ traceStore, traceIngest: { waiting: true } }, now), "takes nothing new")
    const away = storeBehind({ traceIngest: { waiting: true, ledger: old } }, now)
    assert.include(away, "does not answer")
    assert.include(away, "1,200 spans wait")
  })
})

describe("troubles", () => {
  const now = 10_000_000
  const status = sampleStatus(1, now, 5)
  const [good, bad] = status.destinations

  it("are told of each destination, of many together", () => {
    assert.deepStrictEqual(
      troubles(status, now).map(({ destinations }) => destinations),
      [["collector"]]
    )
    assert.include(troubles(status, now)[0]!.text, "unauthorized (http_401). No delivery since")
    const names = ["a", "b", "c", "d"]
    const many = { ...status, destinations: [good!, ...names.map((name) => ({ ...bad!, name }))] }
    assert.deepStrictEqual(troubles(many, now), [{ text: "4 of 5 destinations take nothing", destinations: names }])
  })

  it("are told of the store and of the gateways first; of an installation that is well there are none", () => {
    const { traceStore: _, ...without } = status
    const texts = troubles({ ...without, members: [] }, now).map(({ text }) => text)
    assert.deepStrictEqual(texts.slice(0, 2), ["No gateway is heard.", "The trace store does not answer."])
    assert.deepStrictEqual(troubles({ ...status, destinations: [good!] }, now), [])
  })

  it("read the same from look to look, so that nothing is read out again and again", () => {
    const later = now + 5000
    assert.deepStrictEqual(troubles(status, later), troubles(status, now))
  })
})

describe("lastAnswer", () => {
  const now = 1_000_000
  const status = sampleStatus(1, now, 0).destinations[0]!

  it("of a healthy one there is nothing to tell", () => assert.isUndefined(lastAnswer(status, now)))

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

  it("is asked for again the more rarely the longer it is", () => {
    assert.deepStrictEqual(overviewRanges.map(pollMsOf), [5000, 5000, 5000, 15_000, 60_000, 60_000])
  })

  it("an unknown range is the last hour", () => assert.strictEqual(rangeOf("1y").value, "1h"))
})
