import { chmodSync, chownSync, copyFileSync } from "node:fs"
import { join } from "node:path"
import type { PgClient } from "@effect/sql-pg/PgClient"
import * as PgConnection from "@effect/sql-pg/PgConnection"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { databaseFailure } from "../../../src/layers/postgres/databaseFailure.ts"
import { CALL_MS, postgresSession } from "../../../src/layers/postgres/postgresSession.ts"
import { connectTo } from "../../postgres/connectTo.ts"
import { sharedPostgres } from "../../postgres/PostgresServer.ts"
import { postgresUser } from "../../postgres/postgresPrograms.ts"

const postgres = sharedPostgres()

/** The server has TLS from then on, with a certificate of an authority that nobody trusts. */
const offerTls = Effect.fnUntraced(function* (sql: PgClient) {
  const [row] = yield* sql<{ readonly directory: string }>`SELECT current_setting('data_directory') AS directory`
  const user = postgresUser()
  for (const [from, to] of [
    ["certificate.pem", "server.crt"],
    ["key.pem", "server.key"]
  ] as const) {
    const path = join(row?.directory ?? "", to)
    copyFileSync(new URL(`../../fixtures/tls/${from}`, import.meta.url), path)
    chmodSync(path, 0o600)
    if (user !== undefined) chownSync(path, user.uid, user.gid)
  }
  yield* sql`ALTER SYSTEM SET ssl = on`
  yield* sql`SELECT pg_reload_conf()`
  const offers = Effect.andThen(Effect.sleep("10 millis"), sql<{ readonly ssl: string }>`SHOW ssl`)
  while ((yield* offers)[0]?.ssl !== "on");
})

describe("postgresSession", () => {
  it.live("commits durably and bounds statements, whatever the database says", () =>
    Effect.gen(function* () {
      const url = yield* (yield* postgres).database
      const sql = yield* connectTo(url)
      yield* sql`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$`
      const show = Effect.fnUntraced(function* (setting: string) {
        const connection = yield* PgConnection.make(yield* postgresSession(url))
        const { rows } = yield* connection.query(`SELECT current_setting('${setting}') AS value`)
        return rows[0]?.["value"]
      }, Effect.scoped)
      assert.strictEqual(yield* show("synchronous_commit"), "on")
      assert.strictEqual(yield* show("statement_timeout"), `${CALL_MS / 1000}s`)
      assert.strictEqual(yield* show("fsync"), "on")
    })
  )

  it.live("verifies the server's certificate whenever it encrypts", () =>
    Effect.gen(function* () {
      const url = yield* (yield* postgres).database
      yield* offerTls(yield* connectTo(url))
      const connecting = (mode: string) => {
        const other = new URL(Redacted.value(url))
        other.searchParams.set("sslmode", mode)
        return postgresSession(Redacted.make(other.href)).pipe(Effect.flatMap(PgConnection.make), Effect.scoped)
      }
      for (const mode of ["allow", "prefer", "require", "verify-ca", "verify-full"]) {
        const error = yield* Effect.flip(connecting(mode))
        assert.strictEqual(error._tag, "SqlError", mode)
        if (error._tag !== "SqlError") continue
        assert.match(
          String(databaseFailure(error).cause),
          /^PostgreSQL: ConnectionError \([A-Z_]*(CERT|SIGN)[A-Z_]*\)$/,
          mode
        )
      }
      yield* connecting("disable")
    })
  )
})
