import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SqliteTraceStore from "../../../../src/layers/sqlite/traces/SqliteTraceStore.ts"
import { TraceStore } from "../../../../src/services/store/TraceStore.ts"
import { NOON } from "../../../contracts/storedTraces.ts"
import { temporaryDirectory } from "../temporaryDirectory.ts"
import { killAfter } from "./killAfter.ts"

it.effect("kill -9 while storing: what was confirmed is there, once, and the rollups are those of the rows", () =>
  Effect.gen(function* () {
    const file = join(yield* temporaryDirectory, "traces.db")
    const confirmed = new Set<number>()
    for (const [round, lines] of [1, 17, 60, 121].entries()) {
      for (const batch of yield* killAfter("traceProcess.ts", file, round, lines)) confirmed.add(batch)
      yield* Effect.gen(function* () {
        const store = yield* TraceStore
        const batches = new Map<number, number>()
        let cursor: string | undefined
        let rows = 0
        do {
          const page = yield* store.page({ filter: {}, limit: 500, ...(cursor === undefined ? {} : { cursor }) })
          for (const { traceId } of page.traces) {
            const batch = Math.floor((Number.parseInt(traceId, 16) - 1) / 10)
            batches.set(batch, (batches.get(batch) ?? 0) + 1)
          }
          rows += page.traces.length
          cursor = page.next
        } while (cursor !== undefined)
        // A batch is whole or not there, and may be there without having been confirmed.
        assert.deepStrictEqual(new Set(batches.values()), new Set([10]))
        assert.deepStrictEqual([...confirmed.difference(new Set(batches.keys()))], [])
        const day = { from: NOON, to: NOON + 1e9, filter: {} }
        for (const groupBy of ["model", "subject"] as const) {
          for (const stepMs of [60_000, 3_600_000]) {
            const { lines } = yield* store.series({ ...day, stepMs, groupBy })
            assert.strictEqual(lines[0]?.total.requests, rows)
          }
        }
        assert.strictEqual((yield* store.size).traces, rows)
        const found = yield* store.page({ filter: { text: "gern" }, limit: 500 })
        assert.strictEqual(found.traces.length, Math.min(500, rows))
      }).pipe(Effect.provide(SqliteTraceStore.layer({ file }), { local: true }))
    }
    assert.isAtLeast(confirmed.size, 190)
  })
)
