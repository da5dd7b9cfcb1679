import type { PgClient } from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { isSqlError, type SqlError } from "effect/sql/SqlError"

/** The statements that lead from one version of the schema to the next. What was released is never edited. */
export type Migration = ReadonlyArray<string>

/** A newer program has been at the database. Nothing was changed. */
export class NewerSchema extends Schema.TaggedError<NewerSchema>()("NewerSchema", {
  found: Schema.Int,
  known: Schema.Int
}) {
  override get message(): string {
    return `the database of configuration has schema version ${this.found}, and this program knows ${this.known}: start the newer version of spangate`
  }
}

/** Of all who migrate a database of ours, one at a time. The number is ours alone by chance. */
const LOCK = 7_240_118_553n

/**
 * Brings the schema to the newest version in one transaction: it happens as a whole or not at all. Several programs may
 * do so at once; each finds it done when its turn comes.
 */
export const migrate = Effect.fnUntraced(
  function* (sql: PgClient, migrations: ReadonlyArray<Migration>): Effect.fn.Return<void, SqlError | NewerSchema> {
    // Waiting for another to migrate, and migrating, may take longer than a call.
    yield* sql`SET LOCAL statement_timeout = 0`
    yield* sql`SELECT pg_advisory_xact_lock(${LOCK})`
    // Asked for first, since a user may be given the schema without the right to create one.
    const [schema] = yield* sql<{ readonly there: boolean }>`SELECT to_regnamespace('spangate') IS NOT NULL AS there`
    if (schema?.there !== true) yield* sql`CREATE SCHEMA spangate`
    yield* sql`CREATE TABLE IF NOT EXISTS spangate.schema_version (version integer NOT NULL)`
    const [row] = yield* sql<{ readonly version: number }>`SELECT version FROM spangate.schema_version`
    const found = row?.version ?? 0
    if (found > migrations.length) return yield* new NewerSchema({ found, known: migrations.length })
    if (found === migrations.length) return
    for (const statement of migrations.slice(found).flat()) yield* sql.unsafe(statement)
    yield* row === undefined
      ? sql`INSERT INTO spangate.schema_version VALUES (${migrations.length})`
      : sql`UPDATE spangate.schema_version SET version = ${migrations.length}`
  },
  (effect, sql) =>
    sql.withTransaction(effect).pipe(
      // A rollback on a connection that is lost. What failed before it had the same reason.
      Effect.catchDefect((defect) => (isSqlError(defect) ? Effect.fail(defect) : Effect.die(defect)))
    )
)
