import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as SqliteTraceStore from "../../../../src/layers/sqlite/traces/SqliteTraceStore.ts"
import { ConfigSync } from "../../../../src/services/config/ConfigSync.ts"
import { compile } from "../../../../src/services/config/compile.ts"
import * as TraceRetention from "../../../../src/services/store/TraceRetention.ts"
import { TraceStore } from "../../../../src/services/store/TraceStore.ts"
import { NOON, sample } from "../../../contracts/storedTraces.ts"
import { temporaryDirectory } from "../temporaryDirectory.ts"

const HOUR = 3_600_000
const DAY = 24 * HOUR

const Store = Layer.unwrap(
  Effect.map(temporaryDirectory, (directory) => SqliteTraceStore.layer({ file: join(directory, "traces.db") }))
)

const requests = Effect.fnUntraced(function* (groupBy: "model" | "subject", stepMs: number) {
  const store = yield* TraceStore
  const { lines } = yield* store.series({ from: NOON - DAY, to: NOON + 20 * DAY, stepMs, filter: {}, groupBy })
  return { total: lines[0]?.total.requests, points: lines[0]?.points.length }
})

const configOf = (traces: object) =>
  Layer.succeed(ConfigSync, {
    current: () => Result.getOrThrow(compile({ traces }, { revision: "1" })),
    changes: Stream.empty,
    refused: () => 0
  })

/** Half an hour of it. */
const retainingBy = (traces: object) =>
  TestClock.adjust("30 minutes").pipe(
    Effect.provide(TraceRetention.layer.pipe(Layer.provide(configOf(traces))), { local: true })
  )
const retaining = retainingBy({})

describe("retention of traces in SQLite", () => {
  it.effect("lets go of what is older than two weeks, and counts it on, by subject by the hour", () =>
    Effect.gen(function* () {
      const store = yield* TraceStore
      // Ten hours of one request every six minutes.
      yield* store.append(
        Array.from({ length: 100 }, (_, index) => sample(index, { start: NOON + index * 360_000 })),
        "1"
      )
      yield* TestClock.setTime(NOON + 14 * DAY + 4.5 * HOUR)
      yield* retaining
      assert.strictEqual((yield* store.size).traces, 50)
      assert.deepStrictEqual(yield* requests("model", 60_000), { total: 100, points: 100 })
      assert.deepStrictEqual(yield* requests("subject", HOUR), { total: 100, points: 10 })
      // Five hours of points by the hour, then 50 by the minute.
      assert.deepStrictEqual(yield* requests("subject", 60_000), { total: 100, points: 55 })
      yield* TestClock.setTime(NOON + 401 * DAY)
      yield* retaining
      assert.strictEqual((yield* store.size).traces, 0)
      assert.deepStrictEqual(yield* requests("model", 60_000), { total: undefined, points: undefined })
      assert.deepStrictEqual(yield* requests("subject", HOUR), { total: undefined, points: undefined })
    }).pipe(Effect.provide(Store, { local: true }))
  )

  it.effect("goes by what the configuration says", () =>
    Effect.gen(function* () {
      const store = yield* TraceStore
      yield* store.append([sample(0), sample(1, { start: NOON + 3 * DAY })], "1")
      yield* TestClock.setTime(NOON + 3.5 * DAY)
      yield* retainingBy({ maxAgeDays: 4 })
      assert.strictEqual((yield* store.size).traces, 2)
      yield* retainingBy({ maxAgeDays: 1 })
      assert.strictEqual((yield* store.size).oldest, NOON + 3 * DAY)
    }).pipe(Effect.provide(Store, { local: true }))
  )

  it.effect("keeps within its bytes by letting the oldest go, and gives room back", () =>
    Effect.gen(function* () {
      const store = yield* TraceStore
      // Text that does not compress away.
      const words = (index: number) =>
        Array.from({ length: 400 }, (_, at) => Math.imul(index * 400 + at + 1, 0x9e3779b1).toString(36)).join(" ")
      for (let batch = 0; batch < 4; batch++) {
        const traces = Array.from({ length: 500 }, (_, index) =>
          sample(batch * 500 + index, {}, words(batch * 500 + index))
        )
        yield* store.append(traces, String(batch))
      }
      const before = yield* store.size
      const maxBytes = Math.floor(before.bytes / 2)
      let went = 0
      while (true) {
        const step = yield* store.retain({ before: 0, maxBytes })
        assert.isAtMost(step, 1000)
        if (step === 0) break
        went += step
      }
      const after = yield* store.size
      assert.isAtMost(after.bytes, maxBytes)
      assert.isAtLeast(after.traces, 500)
      assert.strictEqual(after.traces, 2000 - went)
      assert.strictEqual(after.oldest, NOON + went * 1000)
    }).pipe(Effect.provide(Store, { local: true }))
  )
})
