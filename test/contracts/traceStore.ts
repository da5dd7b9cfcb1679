import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Measures, TraceFilter } from "../../src/services/store/TraceQuery.ts"
import { TraceStore } from "../../src/services/store/TraceStore.ts"
import type { StoredTrace, TraceSummary } from "../../src/services/store/TraceSummary.ts"
import { bare, NOON, sample } from "./storedTraces.ts"

const MINUTE = 60_000
const HOUR = 3_600_000

const int = (minimum: number, maximum: number) =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))

const oneOf = <const A>(values: ReadonlyArray<A>): Arbitrary.Arbitrary<A> =>
  Arbitrary.map(int(0, values.length - 1), (index) => values[index] as A)

const drawn = Arbitrary.array(
  Arbitrary.all({
    seconds: int(0, 4 * 3600),
    durationMs: oneOf([0, 0.5, 3, 40.125, 41, 2_000, 90_000]),
    timeToFirstTokenMs: oneOf([undefined, 1, 30, 900]),
    model: oneOf([undefined, "a/one", "a/two", "b/one"]),
    subject: oneOf([undefined, "user:alice", "user:bob"]),
    result: oneOf(["ok", "ok", "error", "cancelled"] as const),
    inputTokens: oneOf([undefined, 0, 7, 100_000]),
    outputTokens: oneOf([undefined, 0, 3]),
    cost: oneOf([undefined, 0.5, 0.25])
  }),
  { maxLength: 40 }
)

/** All summaries of a filter, newest first, page by page. */
const all = Effect.fnUntraced(function* (filter: TraceFilter, limit = 7) {
  const store = yield* TraceStore
  const found: Array<TraceSummary> = []
  let cursor: string | undefined
  do {
    const page = yield* store.page({ filter, limit, ...(cursor === undefined ? {} : { cursor }) })
    assert.isAtMost(page.traces.length, limit)
    found.push(...page.traces)
    cursor = page.next
  } while (cursor !== undefined)
  return found
})

const ids = (traces: ReadonlyArray<TraceSummary>): ReadonlyArray<number> =>
  traces.map(({ traceId }) => Number.parseInt(traceId, 16) - 1)

/** Which samples the filter finds, newest first. */
const found = (filter: TraceFilter) => Effect.map(all(filter), ids)

const exact = (values: ReadonlyArray<number>, share: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(share * values.length)) - 1] ?? Number.NaN

const assertPercentile = (measured: number | undefined, wanted: number, what: string): void => {
  assert.isDefined(measured, what)
  assert.closeTo(measured ?? Number.NaN, wanted, Math.max(0.001, wanted * 0.02), what)
}

/** The counts are those of the summaries, exactly. */
const assertCounts = (measures: Measures | undefined, summaries: ReadonlyArray<TraceSummary>, what = ""): void => {
  const sum = (of: (summary: TraceSummary) => number | undefined) =>
    summaries.reduce((total, each) => total + (of(each) ?? 0), 0)
  const { cost, errors, inputTokens, outputTokens, requests } = measures ?? {}
  assert.deepStrictEqual(
    { requests, errors, inputTokens, outputTokens, cost },
    {
      requests: summaries.length,
      errors: summaries.filter(({ result }) => result === "error").length,
      inputTokens: sum((each) => each.inputTokens),
      outputTokens: sum((each) => each.outputTokens),
      cost: sum((each) => each.cost)
    },
    what
  )
}

const summariesOf = (traces: ReadonlyArray<StoredTrace>) => traces.map(({ summary }) => summary)

/** What every store of traces promises. `layer` makes an empty one. */
export const traceStoreContract = (name: string, layer: () => Layer.Layer<TraceStore, unknown>): void => {
  const test = (title: string, body: Effect.Effect<void, unknown, TraceStore>) =>
    it.effect(title, () => body.pipe(Effect.provide(layer(), { local: true })))

  const append = (traces: ReadonlyArray<StoredTrace>, batch = "1") =>
    Effect.flatMap(TraceStore, (store) => store.append(traces, batch))

  describe(name, () => {
    test(
      "gives back what was stored, to the last field",
      Effect.gen(function* () {
        const store = yield* TraceStore
        const odd = sample(1, {
          start: NOON + 0.123,
          errorType: "timeout",
          errorMessage: 'It\'s "late"; DROP TABLE traces; --\n',
          timeToFirstTokenMs: 12.5,
          conversationId: "ü🙂'",
          metadata: { "a'b": 'c"d', "": "x", "k.$[0]": "" },
          finishReasons: ["stop", "length"],
          cachedInputTokens: 0,
          cost: 0.000_001_234
        })
        yield* append([bare(0), odd])
        assert.deepStrictEqual(yield* Stream.runCollect(store.get(bare(0).summary.traceId)), [bare(0)])
        assert.deepStrictEqual(yield* Stream.runCollect(store.get(odd.summary.traceId)), [odd])
        assert.deepStrictEqual(yield* Stream.runCollect(store.get("f".repeat(32))), [])
        const { next, partial, traces } = yield* store.page({ filter: {}, limit: 10 })
        assert.deepStrictEqual(
          { next, partial, traces: [...traces].sort((a, b) => b.start - a.start) },
          {
            next: undefined,
            partial: false,
            traces: summariesOf([bare(0), odd]).sort((a, b) => b.start - a.start)
          }
        )
      })
    )

    test(
      "keeps several requests of one trace, oldest first",
      Effect.gen(function* () {
        const store = yield* TraceStore
        const { traceId } = sample(0).summary
        const later = sample(5, { traceId })
        yield* append([later, sample(1)])
        yield* append([sample(0)], "2")
        assert.deepStrictEqual(yield* Stream.runCollect(store.get(traceId)), [sample(0), later])
      })
    )

    test(
      "gives the oldest thousand requests of a trace that never ends",
      Effect.gen(function* () {
        const store = yield* TraceStore
        const { traceId } = sample(0).summary
        const traces = Array.from({ length: 1010 }, (_, index) => sample(index, { traceId }))
        yield* append(traces)
        const got = yield* Stream.runCollect(store.get(traceId))
        assert.strictEqual(got.length, 1000)
        assert.deepStrictEqual([got[0], got.at(-1)], [traces[0], traces[999]])
      })
    )

    test(
      "gives one request of a trace by its root, the thousand and first too",
      Effect.gen(function* () {
        const store = yield* TraceStore
        const { traceId } = sample(0).summary
        const traces = Array.from({ length: 1010 }, (_, index) => sample(index, { traceId }))
        yield* append(traces)
        const get = (spanId: string) => Stream.runCollect(store.get(traceId, spanId))
        for (const trace of [traces[0], traces[500], traces[1005]]) {
          assert.deepStrictEqual(yield* get(trace?.summary.spanId ?? ""), [trace])
        }
        assert.deepStrictEqual(yield* get("f".repeat(16)), [])
      })
    )

    test(
      "reads a trace while it is pulled, however long its requests are, and leaves nobody waiting meanwhile",
      Effect.gen(function* () {
        const store = yield* TraceStore
        const { traceId } = sample(0).summary
        const traces = Array.from({ length: 40 }, (_, index) => sample(index, { traceId }, `${index} `.repeat(50_000)))
        yield* append(traces)
        let turns = 0
        yield* Effect.forkChild(
          Effect.forever(
            Effect.andThen(
              Effect.yieldNow,
              Effect.sync(() => {
                turns += 1
              })
            )
          )
        )
        const got = yield* store.get(traceId).pipe(
          Stream.map((trace) => ({ trace, turns })),
          Stream.runCollect
        )
        assert.deepStrictEqual(
          got.map(({ trace }) => trace),
          traces
        )
        assert.isAbove(new Set(got.map(({ turns }) => turns)).size, 4)
      })
    )

    test(
      "stores a row once, however often it comes",
      Effect.gen(function* () {
        const store = yield* TraceStore
        const traces = [sample(0), sample(1), sample(2)]
        yield* append(traces, "7")
        yield* append(traces, "7")
        yield* append([sample(2), sample(3), sample(3)], "8")
        yield* append([], "9")
        assert.deepStrictEqual(yield* found({}), [3, 2, 1, 0])
        assert.strictEqual((yield* store.size).traces, 4)
        const series = yield* store.series({ from: NOON, to: NOON + HOUR, stepMs: MINUTE, filter: {} })
        assertCounts(series.lines[0]?.total, summariesOf([...traces, sample(3)]))
      })
    )

    test(
      "pages through rows of the same start without a gap, also while newer ones come",
      Effect.gen(function* () {
        const store = yield* TraceStore
        yield* append(Array.from({ length: 25 }, (_, index) => sample(index, { start: NOON + Math.floor(index / 10) })))
        const first = yield* store.page({ filter: {}, limit: 8 })
        yield* append([sample(100)], "2")
        const cursor = first.next ?? assert.fail("there is more")
        const second = yield* store.page({ filter: {}, limit: 8, cursor })
        const third = yield* store.page({ filter: {}, limit: 500, cursor: second.next ?? assert.fail("there is more") })
        assert.isUndefined(third.next)
        const seen = [first, second, third].flatMap(({ traces }) => traces)
        assert.deepStrictEqual(
          [...ids(seen)].sort((a, b) => a - b),
          Array.from({ length: 25 }, (_, index) => index)
        )
        assert.deepStrictEqual(
          seen.map(({ start }) => start),
          seen.map(({ start }) => start).sort((a, b) => b - a)
        )
      })
    )

    test(
      "a last page that is just full may have a next, which is empty",
      Effect.gen(function* () {
        yield* append([sample(0), sample(1), sample(2), sample(3)])
        assert.deepStrictEqual(ids(yield* all({}, 2)), [3, 2, 1, 0])
        assert.deepStrictEqual(ids(yield* all({}, 4)), [3, 2, 1, 0])
      })
    )

    test(
      "refuses a cursor that it did not give",
      Effect.gen(function* () {
        const store = yield* TraceStore
        yield* append([sample(0)])
        for (const cursor of ["", "x", "0", "e30", "W10", "WyJhIl0", "'; DROP TABLE traces", "ü".repeat(300)]) {
          const refused = yield* Effect.flip(store.page({ filter: {}, limit: 5, cursor }))
          assert.strictEqual(refused._tag, "InvalidCursor", cursor)
        }
      })
    )

    test(
      "filters by each field, and by several at once",
      Effect.gen(function* () {
        yield* append([
          sample(0),
          sample(1, { model: "b/two", provider: "anthropic", subject: "user:bob" }),
          sample(2, { result: "error", status: 503, errorType: "timeout", finishReasons: [] }),
          sample(3, { result: "cancelled", finishReasons: ["error", "length"], durationMs: 5000 }),
          sample(4, { inputTokens: 1000, outputTokens: 0, conversationId: "c-1" }),
          sample(5, { metadata: { env: "prod", tier: "gold" } }),
          sample(6, { metadata: { env: "dev" }, subject: "user:bob" }),
          bare(7)
        ])
        const cases: ReadonlyArray<readonly [TraceFilter, ReadonlyArray<number>]> = [
          [{ model: "b/two" }, [1]],
          [{ model: "b/tw" }, []],
          [{ model: "b/two' OR 1=1 --" }, []],
          [{ provider: "anthropic" }, [1]],
          [{ subject: "user:bob" }, [6, 1]],
          [{ result: "error" }, [7, 2]],
          [{ result: "cancelled" }, [3]],
          [{ status: 503 }, [2]],
          [{ errorType: "timeout" }, [2]],
          [{ finishReason: "length" }, [3]],
          [{ finishReason: "stop" }, [6, 5, 4, 1, 0]],
          [{ minTokens: 16 }, [4]],
          [{ minTokens: 15, maxTokens: 15 }, [6, 5, 3, 2, 1, 0]],
          [{ minDurationMs: 5000 }, [3]],
          [{ metadataKey: "env" }, [6, 5]],
          [{ metadataKey: "env", metadataValue: "prod" }, [5]],
          [{ metadataKey: "tier", metadataValue: "prod" }, []],
          [{ metadataKey: "en" }, []],
          [{ conversationId: "c-1" }, [4]],
          [{ from: NOON + 5000 }, [7, 6, 5]],
          [{ to: NOON + 2000 }, [1, 0]],
          [{ from: NOON + 2000, to: NOON + 3000 }, [2]],
          [{ subject: "user:bob", metadataKey: "env" }, [6]],
          [{ subject: "user:bob", result: "ok", to: NOON + 6000 }, [1]],
          [{ subject: "user:alice", finishReason: "stop", minTokens: 1 }, [5, 4, 0]],
          [{ model: "openai-main/gpt-4o-mini", provider: "openai", status: 200, text: "question" }, [6, 5, 4, 3, 0]]
        ]
        for (const [filter, wanted] of cases) {
          assert.deepStrictEqual(yield* found(filter), wanted, JSON.stringify(filter))
        }
      })
    )

    test(
      "finds the words of prompts and answers, case and order aside",
      Effect.gen(function* () {
        const store = yield* TraceStore
        yield* append([
          sample(0, {}, "The quick brown fox\njumps"),
          sample(1, {}, 'A "Quick" answer, please'),
          sample(2, { subject: "user:bob" }, "quick-brown'; DROP TABLE traces; --"),
          bare(3)
        ])
        const cases: ReadonlyArray<readonly [string, ReadonlyArray<number>]> = [
          ["QUICK", [2, 1, 0]],
          ["brown quick", [2, 0]],
          ["jumps", [0]],
          ["gern", [2, 1, 0]],
          ["fox answer", []],
          ['"quick" AND (fox* NEAR', []],
          ['"quick" (fox*', [0]],
          ["nowhere", []]
        ]
        for (const [text, wanted] of cases) assert.deepStrictEqual(yield* found({ text }), wanted, text)
        assert.deepStrictEqual(yield* found({ text: "quick", subject: "user:bob" }), [2])
        assert.isFalse((yield* store.page({ filter: { text: "quick" }, limit: 5 })).partial)
      })
    )

    test(
      "counts by step and group, the first ten groups by requests and the others together",
      Effect.gen(function* () {
        const store = yield* TraceStore
        const traces = Array.from({ length: 13 }, (_, group) =>
          Array.from({ length: 13 - group }, (_, index) =>
            sample(group * 100 + index, {
              model: `a/m${group}`,
              start: NOON + index * 5 * MINUTE,
              ...(index === 0 ? { result: "error" as const } : {})
            })
          )
        )
        yield* append(traces.flat())
        const { lines, stepMs } = yield* store.series({
          from: NOON + 1,
          to: NOON + 2 * HOUR,
          stepMs: 10 * MINUTE,
          filter: {},
          groupBy: "model"
        })
        assert.strictEqual(stepMs, 10 * MINUTE)
        assert.deepStrictEqual(
          lines.map(({ group }) => group),
          ["a/m0", "a/m1", "a/m2", "a/m3", "a/m4", "a/m5", "a/m6", "a/m7", "a/m8", "a/m9", "other"]
        )
        lines.forEach(({ points, total }, at) => {
          const summaries = summariesOf(at === 10 ? traces.slice(10).flat() : (traces[at] ?? []))
          assertCounts(total, summaries)
          const steps = Map.groupBy(summaries, ({ start }) => start - (start % (10 * MINUTE)))
          assert.deepStrictEqual(
            points.map((point) => point.at),
            [...steps.keys()].sort((a, b) => a - b)
          )
          for (const point of points) assertCounts(point, steps.get(point.at) ?? [])
        })
        const none = yield* store.series({ from: 0, to: MINUTE, stepMs: MINUTE, filter: {}, groupBy: "model" })
        assert.deepStrictEqual(none.lines, [])
      })
    )

    test(
      "cuts rollups by what they are counted by",
      Effect.gen(function* () {
        const store = yield* TraceStore
        const traces = [
          sample(0),
          sample(1, { model: "b/two", provider: "anthropic" }),
          sample(2, { subject: "user:bob", result: "error" }),
          sample(3, { subject: "user:bob", model: "b/two", provider: "anthropic" }),
          bare(4)
        ]
        yield* append(traces)
        const total = (filter: Parameters<typeof store.series>[0]["filter"]) =>
          Effect.map(
            store.series({ from: NOON, to: NOON + MINUTE, stepMs: MINUTE, filter }),
            ({ lines }) => lines[0]?.total
          )
        const pick = (...which: ReadonlyArray<number>) => summariesOf(traces.filter((_, at) => which.includes(at)))
        assertCounts(yield* total({}), pick(0, 1, 2, 3, 4))
        assertCounts(yield* total({ model: "b/two" }), pick(1, 3))
        assertCounts(yield* total({ provider: "openai" }), pick(0, 2))
        assertCounts(yield* total({ subject: "user:bob" }), pick(2, 3))
        assertCounts(yield* total({ subject: "user:bob", model: "b/two" }), pick(3))
        assertCounts(yield* total({ result: "error" }), pick(2, 4))
        assert.isUndefined(yield* total({ model: "nobody's" }))
        const bySubject = yield* store.series({
          from: NOON,
          to: NOON + MINUTE,
          stepMs: MINUTE,
          filter: {},
          groupBy: "subject"
        })
        assert.deepStrictEqual(
          bySubject.lines.map(({ group, total }) => [group, total.requests]),
          [
            ["user:alice", 2],
            ["user:bob", 2],
            ["", 1]
          ]
        )
      })
    )

    test(
      "gives percentiles within two per cent of the exact ones",
      Effect.gen(function* () {
        const store = yield* TraceStore
        const traces = Array.from({ length: 600 }, (_, index) =>
          sample(index, {
            start: NOON + (index % 60) * MINUTE,
            // Shuffled by a step that has no divisor in common with 600.
            durationMs: 2 * 1.02 ** ((index * 7) % 600),
            ...(index % 2 === 0 ? { timeToFirstTokenMs: 0.5 + index, streaming: true } : {})
          })
        )
        for (const half of [traces.slice(0, 311), traces.slice(311)]) yield* append(half, `${half.length}`)
        const { lines } = yield* store.series({ from: NOON, to: NOON + HOUR, stepMs: HOUR, filter: {} })
        const durations = traces.map(({ summary }) => summary.durationMs)
        const firsts = traces.flatMap(({ summary }) => summary.timeToFirstTokenMs ?? [])
        for (const measures of [lines[0]?.total, lines[0]?.points[0]]) {
          for (const [quantile, share] of [
            ["p50", 0.5],
            ["p95", 0.95],
            ["p99", 0.99]
          ] as const) {
            assertPercentile(measures?.latency[quantile], exact(durations, share), quantile)
            assertPercentile(measures?.timeToFirstToken[quantile], exact(firsts, share), `first ${quantile}`)
          }
        }
        yield* append([sample(1000, { start: NOON + HOUR, durationMs: 7 })], "last")
        const one = yield* store.series({ from: NOON + HOUR, to: NOON + 2 * HOUR, stepMs: HOUR, filter: {} })
        assertPercentile(one.lines[0]?.total.latency.p99, 7, "of one")
        assert.deepStrictEqual(one.lines[0]?.total.timeToFirstToken, {})
      })
    )

    test(
      "lists the first groups by what is asked",
      Effect.gen(function* () {
        const store = yield* TraceStore
        yield* append([
          sample(0, { subject: "user:a", cost: 1 }),
          sample(1, { subject: "user:a", cost: 1 }),
          sample(2, { subject: "user:a", cost: 1 }),
          sample(3, { subject: "user:b", cost: 9, result: "error" }),
          sample(4, { subject: "user:b", cost: 0, result: "error" }),
          sample(5, { subject: "user:c", inputTokens: 5000, cost: 0 })
        ])
        const range = { from: NOON, to: NOON + MINUTE, filter: {}, groupBy: "subject", limit: 2 } as const
        const top = (orderBy: "requests" | "errors" | "tokens" | "cost") =>
          Effect.map(store.top({ ...range, orderBy }), (rows) => rows.map(({ group }) => group))
        assert.deepStrictEqual(yield* top("requests"), ["user:a", "user:b"])
        assert.strictEqual((yield* top("errors"))[0], "user:b")
        assert.strictEqual((yield* top("tokens"))[0], "user:c")
        assert.deepStrictEqual(yield* top("cost"), ["user:b", "user:a"])
        const [first] = yield* store.top({ ...range, orderBy: "cost", filter: { result: "ok" } })
        assert.deepStrictEqual([first?.group, first?.requests, first?.cost], ["user:a", 3, 3])
        assert.deepStrictEqual(yield* store.top({ ...range, orderBy: "cost", from: 0, to: MINUTE }), [])
      })
    )

    test(
      "forgets the old, row by row, and counts them on",
      Effect.gen(function* () {
        const store = yield* TraceStore
        const traces = Array.from({ length: 40 }, (_, index) => sample(index, { metadata: { n: `${index}` } }))
        yield* append(traces)
        const retain = Effect.fnUntraced(function* (before: number, maxBytes: number) {
          let went = 0
          let step = 0
          do {
            step = yield* store.retain({ before, maxBytes })
            went += step
          } while (step > 0)
          return went
        })
        assert.strictEqual(yield* retain(NOON + 30_000, 1e12), 30)
        assert.strictEqual(yield* retain(NOON + 30_000, 1e12), 0)
        assert.strictEqual((yield* found({})).length, 10)
        assert.deepStrictEqual(yield* found({ metadataKey: "n", metadataValue: "3" }), [])
        assert.deepStrictEqual(yield* found({ text: "3" }), [])
        assert.deepStrictEqual(yield* Stream.runCollect(store.get(sample(3).summary.traceId)), [])
        const { oldest, traces: left } = yield* store.size
        assert.deepStrictEqual([left, oldest], [10, NOON + 30_000])
        const { lines } = yield* store.series({ from: NOON, to: NOON + HOUR, stepMs: MINUTE, filter: {} })
        assertCounts(lines[0]?.total, summariesOf(traces))
      })
    )

    test(
      "an empty store answers everything with nothing",
      Effect.gen(function* () {
        const store = yield* TraceStore
        assert.deepStrictEqual(yield* found({}), [])
        assert.deepStrictEqual(yield* found({ text: "x" }), [])
        const { oldest, traces } = yield* store.size
        assert.deepStrictEqual([traces, oldest], [0, undefined])
        assert.strictEqual(yield* store.retain({ before: NOON, maxBytes: 1e12 }), 0)
      })
    )

    it.effect.prop(
      "rollups are the sums of the rows, in every step and group",
      { rows: drawn },
      ({ rows }) =>
        Effect.gen(function* () {
          const store = yield* TraceStore
          const traces = rows.map(({ seconds, ...over }, index) =>
            bareWith(index, { ...defined(over), start: NOON + seconds * 1000 })
          )
          const middle = traces.length >> 1
          yield* append(traces.slice(0, middle), "1")
          yield* append(traces.slice(middle), "2")
          for (const groupBy of ["model", "subject", "result", undefined] as const) {
            for (const stepMs of [MINUTE, 7 * MINUTE, HOUR]) {
              const from = NOON + 17 * MINUTE
              const to = NOON + 3 * HOUR + 5 * MINUTE
              const first = from - (from % stepMs)
              const { lines } = yield* store.series({
                from,
                to,
                stepMs,
                filter: {},
                ...(groupBy === undefined ? {} : { groupBy })
              })
              const within = summariesOf(traces).filter(({ start }) => start >= first && start < to)
              const groups = Map.groupBy(within, (each) => (groupBy === undefined ? "" : (each[groupBy] ?? "")))
              assert.deepStrictEqual(new Set(lines.map(({ group }) => group)), new Set(groups.keys()))
              for (const { group, points, total } of lines) {
                const members = groups.get(group) ?? []
                assertCounts(total, members, `${groupBy} ${stepMs}`)
                assertPercentile(
                  total.latency.p95,
                  exact(
                    members.map(({ durationMs }) => durationMs),
                    0.95
                  ),
                  "p95"
                )
                const steps = Map.groupBy(members, ({ start }) => start - (start % stepMs))
                assert.strictEqual(points.length, steps.size)
                for (const point of points) assertCounts(point, steps.get(point.at) ?? [], `${groupBy} ${stepMs}`)
              }
            }
          }
        }).pipe(Effect.provide(layer(), { local: true })),
      { arbitrary: { runs: 15 } }
    )
  })
}

const bareWith = (index: number, over: Partial<TraceSummary>): StoredTrace => {
  const { spans, summary } = bare(index)
  return { spans, summary: { ...summary, ...over } }
}

const defined = <A extends object>(over: A): { [K in keyof A]: Exclude<A[K], undefined> } =>
  Object.fromEntries(Object.entries(over).filter(([, value]) => value !== undefined)) as {
    [K in keyof A]: Exclude<A[K], undefined>
  }
