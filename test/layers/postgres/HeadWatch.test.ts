import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { SqlClient } from "effect/sql/SqlClient"
import * as TestClock from "effect/testing/TestClock"
import * as PostgresRevisionLog from "../../../src/layers/postgres/PostgresRevisionLog.ts"
import { RevisionLog } from "../../../src/services/store/RevisionLog.ts"
import { put, revisionOn } from "../../contracts/revisions.ts"
import { connectTo } from "../../postgres/connectTo.ts"
import { sharedPostgres } from "../../postgres/PostgresServer.ts"

const postgres = sharedPostgres()

const open = (url: Redacted.Redacted) =>
  Effect.map(Layer.build(Layer.fresh(PostgresRevisionLog.layer({ url }))), Context.get(RevisionLog))

const headsUpTo = (log: RevisionLog["Service"], last: number) =>
  log.heads.pipe(
    Stream.takeUntil((head) => head === last),
    Stream.runCollect,
    Effect.forkScoped({ startImmediately: true })
  )

/** Until so many of the log's connections do what `query` says. */
const connections = Effect.fnUntraced(function* (sql: SqlClient, query: string, count: number) {
  const found = sql<{ readonly count: number }>`
    SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE application_name = 'spangate' AND datname = current_database() AND query LIKE ${query} AND state = 'idle'`
  while ((yield* found)[0]?.count !== count) yield* Effect.yieldNow
})

describe("heads in PostgreSQL", () => {
  // The test's clock stands, so nothing is looked up but on a notification.
  it.effect("come by notification, for a process that keeps listening when its connection is lost", () =>
    Effect.gen(function* () {
      const url = yield* (yield* postgres).database
      const sql = yield* connectTo(url)
      const log = yield* open(url)
      yield* connections(sql, "LISTEN%", 1)
      const there = yield* open(url)
      yield* connections(sql, "LISTEN%", 2)
      const first = yield* headsUpTo(log, 1)
      yield* there.append(revisionOn(0, [put("a")]))
      assert.deepStrictEqual(yield* Fiber.join(first), [0, 1])

      yield* sql`
        SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE query LIKE 'LISTEN%' AND datname = current_database()`
      yield* TestClock.adjust("500 millis")
      yield* connections(sql, "LISTEN%", 2)
      const second = yield* headsUpTo(log, 2)
      yield* there.append(revisionOn(1, [put("b")]))
      assert.deepStrictEqual(yield* Fiber.join(second), [1, 2])
    })
  )

  it.live("come within 300 ms without a notification", () =>
    Effect.gen(function* () {
      const url = yield* (yield* postgres).database
      const sql = yield* connectTo(url)
      const log = yield* open(url)
      const heads = yield* headsUpTo(log, 1)
      yield* connections(sql, "LISTEN%", 1)
      yield* sql`UPDATE spangate.head SET revision = 1`
      assert.deepStrictEqual(yield* Fiber.join(heads).pipe(Effect.timeout("300 millis")), [0, 1])
    })
  )

  it.live("do not move for a notification that is not ours", () =>
    Effect.gen(function* () {
      const url = yield* (yield* postgres).database
      const sql = yield* connectTo(url)
      const log = yield* open(url)
      yield* connections(sql, "LISTEN%", 1)
      const heads = yield* headsUpTo(log, 1)
      yield* sql.notify("spangate_revisions", "99")
      yield* (yield* open(url)).append(revisionOn(0, [put("a")]))
      assert.deepStrictEqual(yield* Fiber.join(heads), [0, 1])
    })
  )

  it.live("need one connection for any number of readers, and calls eight at most", () =>
    Effect.gen(function* () {
      const url = yield* (yield* postgres).database
      const sql = yield* connectTo(url)
      const log = yield* open(url)
      for (let reader = 0; reader < 20; reader++) yield* headsUpTo(log, 1)
      yield* Effect.forEach(Array.from({ length: 200 }), () => log.head, { concurrency: "unbounded" })
      yield* connections(sql, "LISTEN%", 1)
      const [all] = yield* sql<{ readonly count: number }>`
        SELECT count(*)::int AS count FROM pg_stat_activity
        WHERE application_name = 'spangate' AND datname = current_database()`
      assert.strictEqual(all?.count, 9)
    })
  )
})
