import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { openTraces } from "../../../../src/layers/sqlite/traces/TraceDatabase.ts"
import { TraceLog } from "../../../../src/layers/sqlite/traces/TraceLog.ts"
import { preparePack } from "../../../../src/layers/sqlite/traces/traceAppend.ts"
import type { StoredTrace } from "../../../../src/services/store/TraceSummary.ts"
import { NOON, sample } from "../../../contracts/storedTraces.ts"
import { temporaryDirectory } from "../temporaryDirectory.ts"

const RUNS = 128
const EVERY = 7

/** Three of a kind: a trace id of its own, one that ends as another does, and one that many share. */
const traceIdOf = (index: number): string =>
  index % 3 === 0
    ? `${"a".repeat(20)}${index.toString(16).padStart(12, "0")}`
    : index % 3 === 1
      ? `${"b".repeat(20)}${(index - 1).toString(16).padStart(12, "0")}`
      : "c".repeat(32)

const opened = Effect.gen(function* () {
  const directory = yield* temporaryDirectory
  const { database } = openTraces(join(directory, "traces.db"))
  yield* Effect.addFinalizer(() => Effect.sync(() => database.close()))
  const log = new TraceLog(database)
  const all: Array<StoredTrace> = []
  return {
    database,
    log,
    /** A run of its own. */
    store: (count: number) => {
      const traces = Array.from({ length: count }, () => {
        const index = all.length
        const trace = sample(index, { traceId: traceIdOf(index) })
        all.push(trace)
        return trace
      })
      const pack = preparePack(traces[Symbol.iterator]())
      log.append(pack === undefined ? [] : [pack])
    },
    /** Whether each is found by its trace id, with all that share it, in order, and by its root. */
    assertFound: (from = 0) => {
      const starts = (traceId: string, spanId?: string) => {
        const found: Array<number> = []
        for (let after = -1; ; ) {
          const next = log.get(traceId, after, spanId)
          if (next === undefined) return found
          found.push(next[0].summary.start)
          after = next[1]
        }
      }
      const kept = all.slice(from).map(({ summary }) => summary)
      for (const [at, { spanId, start, traceId }] of kept.entries()) {
        if (at % EVERY !== 0) continue
        assert.deepStrictEqual(starts(traceId, spanId), [start])
        if (at > EVERY * 3) continue
        assert.deepStrictEqual(
          starts(traceId),
          kept.flatMap((other) => (other.traceId === traceId ? [other.start] : []))
        )
      }
      assert.deepStrictEqual(starts("d".repeat(32)), [])
    },
    rows: (table: string) => database.prepare(`SELECT 1 FROM ${table}`).all().length
  }
})

describe("names of traces", () => {
  it.effect("are found in runs, in the index, and while the one becomes the other", () =>
    Effect.gen(function* () {
      const { assertFound, log, rows, store } = yield* opened
      for (let run = 1; run < RUNS; run++) {
        store(9)
        while (log.fold());
      }
      assert.deepStrictEqual([rows("nameRuns"), rows("traceNames")], [RUNS - 1, 0])
      assertFound()

      store(9)
      let steps = 0
      while (log.fold()) {
        steps += 1
        assertFound()
      }
      assert.isAtLeast(steps, 2)
      assert.deepStrictEqual([rows("nameRuns"), rows("traceNames")], [0, 9 * RUNS])
      store(2)
      assertFound()
    })
  )

  it.effect("are all in the index when their folding was given up half-way and came again", () =>
    Effect.gen(function* () {
      const { assertFound, database, log, rows, store } = yield* opened
      for (let run = 0; run < RUNS; run++) store(9)
      while (rows("traceNames") === 0) assert.isTrue(log.fold())
      const again = new TraceLog(database)
      while (again.fold());
      assert.deepStrictEqual([rows("nameRuns"), rows("traceNames")], [0, 9 * RUNS])
      assertFound()
    })
  )

  it.effect("of runs that are forgotten while they are folded leave none, and what comes then is found", () =>
    Effect.gen(function* () {
      const { assertFound, log, rows, store } = yield* opened
      for (let run = 0; run < RUNS; run++) store(9)
      while (rows("traceNames") === 0) assert.isTrue(log.fold())
      while (log.retain({ before: NOON + 1000 * 9 * RUNS, maxBytes: 1e12 }, 0) > 0);
      assert.deepStrictEqual([rows("traces"), rows("nameRuns"), rows("traceNames")], [0, 0, 0])
      assert.isTrue(log.fold() || rows("traceNames") === 0)
      // Has the place of the last run, were its number used again.
      store(2)
      while (log.fold());
      assert.deepStrictEqual([rows("nameRuns"), rows("traceNames")], [1, 0])
      assertFound(9 * RUNS)
    })
  )

  it.effect("are forgotten with their traces, from runs and from the index", () =>
    Effect.gen(function* () {
      const { assertFound, log, rows, store } = yield* opened
      const retain = (index: number) => {
        while (log.retain({ before: NOON + 1000 * index, maxBytes: 1e12 }, 0) > 0);
      }
      for (let run = 0; run < RUNS - 1; run++) store(9)
      retain(300)
      // Runs of which all are gone.
      assert.strictEqual(rows("nameRuns"), RUNS - 1 - Math.floor(300 / 9))
      assertFound(300)
      for (let run = 0; run < RUNS / 2; run++) store(9)
      while (log.fold());
      const stored = 9 * (RUNS - 1 + RUNS / 2)
      assert.deepStrictEqual([rows("nameRuns"), rows("traceNames")], [0, stored - 300])
      retain(1000)
      assert.strictEqual(rows("traceNames"), stored - 1000)
      assertFound(1000)
      retain(stored)
      assert.deepStrictEqual([rows("traces"), rows("traceNames"), rows("nameRuns")], [0, 0, 0])
    })
  )

  it.effect("of schema version 4 are put into the index", () =>
    Effect.gen(function* () {
      const { database, rows, store } = yield* opened
      for (let run = 0; run < 4; run++) store(9)
      const [{ file = "" } = {}] = database.prepare("PRAGMA database_list").all() as Array<{ file?: string }>
      database.exec(`DROP TABLE traceNames; DROP TABLE nameRuns;
        CREATE INDEX traces_by_name ON traces (substr(traceId, -12)); PRAGMA user_version = 4`)
      const upgraded = openTraces(file).database
      const log = new TraceLog(upgraded)
      for (const index of [0, 1, 2, 35]) {
        const { spanId, start } = sample(index).summary
        assert.strictEqual(log.get(traceIdOf(index), -1, spanId)?.[0].summary.start, start)
      }
      upgraded.close()
      assert.deepStrictEqual([rows("traceNames"), rows("nameRuns")], [36, 0])
    })
  )
})
