import { assert, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PostgresRevisionLog from "../../../src/layers/postgres/PostgresRevisionLog.ts"
import { RevisionLog } from "../../../src/services/store/RevisionLog.ts"
import { revisionLogContract } from "../../contracts/revisionLog.ts"
import { connectTo } from "../../postgres/connectTo.ts"
import { sharedPostgres } from "../../postgres/PostgresServer.ts"

const postgres = sharedPostgres()

revisionLogContract(
  "PostgresRevisionLog",
  postgres.pipe(
    Effect.flatMap(({ database }) => database),
    Effect.map((url) => PostgresRevisionLog.layer({ url }))
  )
)

it.live("PostgresRevisionLog keeps the 100,000 newest entries of its audit log", () =>
  Effect.gen(function* () {
    const url = yield* (yield* postgres).database
    const log = Context.get(yield* Layer.build(Layer.fresh(PostgresRevisionLog.layer({ url }))), RevisionLog)
    const sql = yield* connectTo(url)
    yield* sql`
      INSERT INTO spangate.audit (at, actor, action, target, detail)
      SELECT 5, '', '', '', '' FROM generate_series(1, 100099)`
    yield* log.audit({ at: 6, actor: "a", action: "login", target: "", detail: "" })
    const rows = yield* sql`SELECT count(*)::int AS count, min(id)::int AS oldest FROM spangate.audit`
    assert.deepStrictEqual({ ...rows[0] }, { count: 100_000, oldest: 101 })
    assert.deepInclude((yield* log.auditLog({ limit: 1 }))[0], { id: 100_100, at: 6 })
  })
)

it.live("PostgresRevisionLog forgets nobody's entries because somebody else wrote and lost a hundred thousand", () =>
  Effect.gen(function* () {
    const url = yield* (yield* postgres).database
    const log = Context.get(yield* Layer.build(Layer.fresh(PostgresRevisionLog.layer({ url }))), RevisionLog)
    const sql = yield* connectTo(url)
    const note = (actor: string) => log.audit({ at: 5, actor, action: "forbidden", target: "", detail: "" })
    yield* note("bob")
    yield* sql`SELECT setval(pg_get_serial_sequence('spangate.audit', 'id'), 200099)`
    yield* note("mallory")
    yield* note("mallory")
    assert.deepStrictEqual(
      (yield* log.auditLog({ limit: 9 })).map(({ actor, id }) => [actor, id]),
      [
        ["mallory", 200_101],
        ["mallory", 200_100],
        ["bob", 1]
      ]
    )
  })
)
