import type { PgClient } from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { type Migration, migrate } from "../../../src/layers/postgres/migrate.ts"
import * as PostgresRevisionLog from "../../../src/layers/postgres/PostgresRevisionLog.ts"
import { revisionSchema } from "../../../src/layers/postgres/revisionSchema.ts"
import { RevisionLog } from "../../../src/services/store/RevisionLog.ts"
import { put, revisionOn } from "../../contracts/revisions.ts"
import { connectTo } from "../../postgres/connectTo.ts"
import { sharedPostgres } from "../../postgres/PostgresServer.ts"

const postgres = sharedPostgres()
const newDatabase = Effect.flatMap(postgres, ({ database }) => database)

const open = (url: Redacted.Redacted) =>
  Effect.map(Layer.build(Layer.fresh(PostgresRevisionLog.layer({ url }))), Context.get(RevisionLog))

const asUser = (url: Redacted.Redacted, name: string) => {
  const other = new URL(Redacted.value(url))
  other.username = other.password = name
  return Redacted.make(other.href)
}

const versionOf = (sql: PgClient) =>
  Effect.map(sql<{ readonly version: number }>`SELECT version FROM spangate.schema_version`, (rows) =>
    rows.map(({ version }) => version)
  )

const first: Migration = ["CREATE TABLE spangate.things (name text)", "INSERT INTO spangate.things VALUES ('old')"]
const second: Migration = ["ALTER TABLE spangate.things ADD COLUMN size integer NOT NULL DEFAULT 7"]

describe("migrate", () => {
  it.live("brings an older schema to the newest, with what is in it, once", () =>
    Effect.gen(function* () {
      const sql = yield* connectTo(yield* newDatabase)
      yield* migrate(sql, [first])
      assert.deepStrictEqual(yield* versionOf(sql), [1])
      yield* migrate(sql, [first, second])
      yield* migrate(sql, [first, second])
      assert.deepStrictEqual(yield* versionOf(sql), [2])
      assert.deepStrictEqual(yield* sql`SELECT * FROM spangate.things`, [{ name: "old", size: 7 }])
    })
  )

  it.live("goes through all versions on an empty database", () =>
    Effect.gen(function* () {
      const sql = yield* connectTo(yield* newDatabase)
      yield* migrate(sql, [first, second])
      assert.deepStrictEqual(yield* versionOf(sql), [2])
      assert.deepStrictEqual(yield* sql`SELECT * FROM spangate.things`, [{ name: "old", size: 7 }])
    })
  )

  it.live("leaves everything as it was when a statement fails", () =>
    Effect.gen(function* () {
      const sql = yield* connectTo(yield* newDatabase)
      yield* migrate(sql, [first])
      const error = yield* Effect.flip(migrate(sql, [first, [...second, "CREATE TABLE nonsense ("]]))
      assert.strictEqual(error._tag, "SqlError")
      assert.deepStrictEqual(yield* versionOf(sql), [1])
      assert.deepStrictEqual(yield* sql`SELECT * FROM spangate.things`, [{ name: "old" }])
    })
  )

  it.live("happens once when several programs start on an empty database at once", () =>
    Effect.gen(function* () {
      const url = yield* newDatabase
      const logs = yield* Effect.forEach([1, 2, 3, 4], () => open(url), { concurrency: "unbounded" })
      assert.strictEqual(new Set(logs.map(({ epoch }) => epoch)).size, 1)
      yield* logs[0]!.append(revisionOn(0, [put("a")]))
      for (const log of logs) assert.strictEqual(yield* log.head, 1)
      assert.deepStrictEqual(yield* versionOf(yield* connectTo(url)), [revisionSchema.length])
    })
  )

  it.live("does not touch a database that a newer program wrote", () =>
    Effect.gen(function* () {
      const url = yield* newDatabase
      const sql = yield* connectTo(url)
      yield* migrate(sql, [...revisionSchema, first])
      const error = yield* Effect.flip(open(url))
      assert.deepInclude(error, {
        _tag: "NewerSchema",
        message: `the database of configuration has schema version ${revisionSchema.length + 1}, and this program knows ${revisionSchema.length}: start the newer version of spangate`
      })
      assert.deepStrictEqual(yield* versionOf(sql), [revisionSchema.length + 1])
    })
  )

  it.live("serves a user who may not create a schema, in one that was made for it", () =>
    Effect.gen(function* () {
      const url = yield* newDatabase
      const sql = yield* connectTo(url)
      yield* sql`CREATE ROLE tenant LOGIN PASSWORD 'tenant'`
      yield* sql`CREATE SCHEMA spangate AUTHORIZATION tenant`
      const tenant = asUser(url, "tenant")
      assert.strictEqual((yield* open(tenant)).epoch, (yield* open(tenant)).epoch)
      yield* sql`CREATE ROLE stranger LOGIN PASSWORD 'stranger'`
      const refused = yield* Effect.flip(open(asUser(url, "stranger")))
      assert.include(String(refused.cause), "AuthorizationError (42501)")
    })
  )

  it.live("fails as unavailable when the server dies while it waits for its turn", () =>
    Effect.gen(function* () {
      const server = yield* postgres
      const url = yield* server.database
      const sql = yield* connectTo(url)
      yield* migrate(sql, [first])
      const held = yield* sql.reserve
      yield* held.executeRaw("BEGIN", [])
      yield* held.executeRaw("SELECT pg_advisory_xact_lock(7240118553)", [])
      const opening = yield* Effect.forkScoped(Effect.flip(open(url)))
      const waiting = sql<{ readonly count: number }>`
        SELECT count(*)::int AS count FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`
      while ((yield* waiting)[0]?.count !== 1) yield* Effect.sleep("10 millis")
      yield* server.kill
      assert.strictEqual((yield* Fiber.join(opening))._tag, "StoreUnavailable")
      yield* server.start
    })
  )
})
