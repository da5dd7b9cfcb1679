import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { connect } from "../../../src/layers/clickhouse/ClickHouseDatabase.ts"
import * as ClickHouseTraceStore from "../../../src/layers/clickhouse/ClickHouseTraceStore.ts"
import { MINUTE_MS, minuteOf } from "../../../src/layers/clickhouse/schema.ts"
import { sealMinutes } from "../../../src/layers/clickhouse/sealMinutes.ts"
import { TraceStore } from "../../../src/services/store/TraceStore.ts"
import type { StoredTrace } from "../../../src/services/store/TraceSummary.ts"
import { ClickHouseEngine } from "../../clickhouse/ClickHouseEngine.ts"
import { NOON, sample } from "../../contracts/storedTraces.ts"

// The first run on a machine fetches the engine.
const FETCHING = 600_000
const HOUR = 60 * MINUTE_MS
const DAY = 24 * HOUR
const NO_BOUND = 1e15

let engine: ClickHouseEngine
beforeAll(async () => {
  engine = await ClickHouseEngine.start()
}, FETCHING)
afterAll(() => engine.stop())

/** A store and its database, both empty. */
const both = Effect.suspend(() => {
  const url = engine.url()
  return Effect.gen(function* () {
    const store = yield* TraceStore
    const database = yield* connect(Redacted.value(url))
    const seal = sealMinutes(database, { below: minuteOf(Number.MAX_VALUE), quietSeconds: 0 })
    const count = (table: string) =>
      Effect.map(database.rows<{ n: number }>(`SELECT count() AS n FROM ${table}`), ([row]) => row?.n)
    const requests = Effect.map(
      store.series({ from: 0, to: NOON + 400 * DAY, stepMs: DAY, filter: {} }),
      ({ lines }) => lines[0]?.total.requests ?? 0
    )
    return { store, database, seal, count, requests }
  }).pipe(Effect.provide(ClickHouseTraceStore.layer({ url })))
})

const chart = { from: NOON, to: NOON + HOUR, stepMs: MINUTE_MS, filter: {}, groupBy: "model" } as const

describe("sealMinutes", () => {
  it.effect("a rollup says what the rows say, and rows that come later count too, once", () =>
    Effect.gen(function* () {
      const { count, seal, store } = yield* both
      const traces = Array.from({ length: 200 }, (_, index) =>
        sample(index, {
          model: `a/${index % 3}`,
          durationMs: 1.1 ** index,
          ...(index % 2 === 0 ? { timeToFirstTokenMs: index } : { result: "error" as const })
        })
      )
      yield* store.append(traces, "1")
      const before = yield* store.series(chart)
      assert.strictEqual(yield* seal, 4)
      assert.strictEqual(yield* seal, 0)
      assert.isAbove((yield* count("minute_rollups")) ?? 0, 0)
      assert.deepStrictEqual(yield* store.series(chart), before)

      yield* store.append([sample(0), sample(1)], "2")
      assert.deepStrictEqual(yield* store.series(chart), before)
      yield* store.append([sample(300, { start: NOON, model: "a/0", durationMs: 1 })], "3")
      const after = yield* store.series(chart)
      assert.strictEqual(after.lines[0]?.total.requests, 68)
      assert.strictEqual(yield* seal, 1)
      assert.deepStrictEqual(yield* store.series(chart), after)
    })
  )

  it.effect("what is half-way done does not count", () =>
    Effect.gen(function* () {
      const { database, requests, seal, store } = yield* both
      yield* store.append([sample(0)], "1")
      yield* database.insert("minute_rollups", [
        { minute: minuteOf(NOON), version: 9_000_000_000_000_000, requests: 7 }
      ])
      assert.strictEqual(yield* requests, 1)
      yield* seal
      assert.strictEqual(yield* requests, 1)
    })
  )

  it.effect("two at once do not count twice", () =>
    Effect.gen(function* () {
      const { requests, seal, store } = yield* both
      yield* store.append(
        Array.from({ length: 500 }, (_, index) => sample(index)),
        "1"
      )
      yield* Effect.all([seal, seal, seal], { concurrency: 3 })
      assert.strictEqual(yield* requests, 500)
    })
  )

  it.effect.prop(
    "however often rows come and minutes are sealed in between, each row counts once",
    {
      steps: Schema.Array(
        Schema.Union([
          Schema.Literal("seal"),
          Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 200 }))).check(Schema.isMaxLength(8))
        ])
      ).check(Schema.isMaxLength(8))
    },
    ({ steps }) =>
      Effect.gen(function* () {
        const { requests, seal, store } = yield* both
        const stored = new Set<number>()
        for (const [at, step] of steps.entries()) {
          if (step === "seal") yield* seal
          else {
            yield* store.append(
              step.map((index) => sample(index)),
              `${at}`
            )
            for (const index of step) stored.add(index)
          }
          assert.strictEqual(yield* requests, stored.size)
        }
        assert.strictEqual((yield* store.size).traces, stored.size)
      }),
    { arbitrary: { runs: 10 } }
  )
})

describe("retain", () => {
  const days = (count: number): ReadonlyArray<StoredTrace> =>
    Array.from({ length: count * 4 }, (_, index) => sample(index, { start: NOON + index * 6 * HOUR }))

  it.effect("gives the disk back by partitions, and keeps what their rows came to", () =>
    Effect.gen(function* () {
      const { count, database, requests, store } = yield* both
      yield* store.append(days(5), "1")
      const before = yield* store.size
      assert.strictEqual(yield* store.retain({ before: NOON + 2 * DAY + 1, maxBytes: NO_BOUND }), 9)
      const after = yield* store.size
      assert.strictEqual(after.traces, 11)
      assert.isBelow(after.bytes, before.bytes * 0.7)
      assert.strictEqual(yield* count("traces"), 12)
      assert.strictEqual(yield* requests, 20)

      // A bus that was held up brings some of them once more.
      yield* store.append(days(5).slice(0, 3), "2")
      assert.strictEqual(yield* requests, 20)
      assert.strictEqual((yield* store.size).traces, 11)
      assert.deepStrictEqual(yield* Stream.runCollect(store.get(sample(1).summary.traceId)), [])
      assert.strictEqual(yield* store.retain({ before: 0, maxBytes: NO_BOUND }), 0)
      assert.strictEqual(yield* count("traces"), 12)
      assert.strictEqual(
        (yield* database.rows("SELECT 1 FROM traces WHERE trace_id = {id:String}", { id: sample(1).summary.traceId }))
          .length,
        0
      )
    })
  )

  it.effect("by size the oldest partitions go, as many as are needed", () =>
    Effect.gen(function* () {
      const { requests, store } = yield* both
      yield* store.append(days(5), "1")
      const { bytes } = yield* store.size
      assert.isAbove(yield* store.retain({ before: 0, maxBytes: bytes / 2 }), 0)
      const after = yield* store.size
      assert.isAtMost(after.bytes, bytes / 2)
      assert.isAbove(after.traces, 7)
      assert.strictEqual(after.oldest, NOON + (20 - after.traces) * 6 * HOUR)
      assert.strictEqual(yield* requests, 20)
    })
  )

  it.effect("of a single partition the oldest rows go", () =>
    Effect.gen(function* () {
      const { database, requests, store } = yield* both
      yield* store.append(
        Array.from({ length: 1000 }, (_, index) => sample(index, {}, `${index} `.repeat(50))),
        "1"
      )
      const { bytes } = yield* store.size
      const went = yield* store.retain({ before: 0, maxBytes: bytes / 2 })
      assert.isTrue(went >= 400 && went <= 600, `${went}`)
      assert.strictEqual((yield* store.size).traces, 1000 - went)
      yield* database
        .rows("SELECT 1 FROM system.mutations WHERE database = currentDatabase() AND NOT is_done")
        .pipe(Effect.repeat({ while: (rows) => rows.length > 0 }))
      assert.isBelow((yield* store.size).bytes, bytes * 0.8)
      assert.strictEqual(yield* requests, 1000)
      yield* store.append([sample(999), sample(1000)], "2")
      assert.strictEqual(yield* requests, 1001)
      assert.isAbove(yield* store.retain({ before: 0, maxBytes: 0 }), 0)
      assert.strictEqual((yield* store.size).traces, 0)
      assert.strictEqual(yield* requests, 1001)
    })
  )

  it.effect("begins at any time", () =>
    Effect.gen(function* () {
      const { store } = yield* both
      yield* store.append([sample(0)], "1")
      assert.strictEqual(
        yield* store.retain({ before: Number.NEGATIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY }),
        0
      )
      assert.strictEqual(
        yield* store.retain({ before: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY }),
        1
      )
      assert.strictEqual((yield* store.size).traces, 0)
    })
  )
})
