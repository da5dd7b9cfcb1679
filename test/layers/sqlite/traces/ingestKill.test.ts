import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as SqliteTraceBus from "../../../../src/layers/sqlite/SqliteTraceBus.ts"
import * as SqliteTraceStore from "../../../../src/layers/sqlite/traces/SqliteTraceStore.ts"
import { TraceIngest } from "../../../../src/services/store/TraceIngest.ts"
import { TraceStore } from "../../../../src/services/store/TraceStore.ts"
import { assertBalanced } from "../../../contracts/traceBus.ts"
import { event } from "../../../services/trace/events.ts"
import { temporaryDirectory } from "../temporaryDirectory.ts"
import { killAfter } from "./killAfter.ts"

it.live("kill -9 between bus and store: every request that was published is stored, and none twice", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const published = new Set<number>()
    for (const [round, lines] of [3, 50, 211].entries()) {
      const said = yield* killAfter("ingestProcess.ts", directory, round, lines)
      for (const number of said) published.add(number)
    }
    yield* Effect.gen(function* () {
      const ingest = yield* TraceIngest
      const store = yield* TraceStore
      const { ledger } = yield* Effect.repeat(ingest.status, {
        schedule: Schedule.spaced("20 millis"),
        until: (status) => status.ledger?.queued === 0
      })
      assert.isDefined(ledger)
      assertBalanced(ledger)
      assert.deepStrictEqual(ledger.dropped, {})
      const stored = yield* Stream.runCollect(store.get(event().header.traceId))
      const numbers = stored.map(({ summary }) => Number.parseInt(summary.spanId, 16))
      assert.strictEqual(new Set(numbers).size, numbers.length)
      assert.deepStrictEqual([...published.difference(new Set(numbers))], [])
      const { lines } = yield* store.series({ from: 0, to: 4e12, stepMs: 3_600_000, filter: {} })
      assert.strictEqual(lines[0]?.total.requests, numbers.length)
    }).pipe(
      Effect.provide(
        TraceIngest.layer.pipe(
          Layer.provideMerge(SqliteTraceStore.layer({ file: join(directory, "traces.db") })),
          Layer.provide(SqliteTraceBus.layer({ directory }))
        )
      )
    )
  })
)
