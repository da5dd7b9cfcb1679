import { join } from "node:path"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { query } from "../../../../src/layers/sqlite/spool/query.ts"
import { openTraces } from "../../../../src/layers/sqlite/traces/TraceDatabase.ts"
import { termReader } from "../../../../src/layers/sqlite/traces/termReader.ts"
import { planOf } from "../../../../src/layers/sqlite/traces/traceFilter.ts"
import { temporaryDirectory } from "../temporaryDirectory.ts"

/** A file, what is found in it, and what its blocks are. */
export const openedTerms = Effect.gen(function* () {
  const directory = yield* temporaryDirectory
  const { database } = openTraces(join(directory, "traces.db"))
  yield* Effect.addFinalizer(() => Effect.sync(() => database.close()))
  return {
    database,
    ids: (text: string, share = Number.MAX_SAFE_INTEGER) => {
      const plan = planOf({ text })
      const found: Array<number> = []
      for (let to = plan.to; to > plan.from; ) {
        const { floor, ids } = termReader(database)(plan, plan.from, to, share)
        assert.isBelow(floor, to)
        found.push(...ids)
        to = floor
      }
      return found
    },
    layouts: () =>
      query<{ layout: number }>(database, "SELECT layout FROM termBlocks ORDER BY block")
        .all()
        .map(({ layout }) => layout),
    inTransaction: <A>(body: () => A): A => {
      database.exec("BEGIN")
      const result = body()
      database.exec("COMMIT")
      return result
    }
  }
})
