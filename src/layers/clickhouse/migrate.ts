import * as Effect from "effect/Effect"
import { StoreUnavailable } from "../../services/store/StoreUnavailable.ts"
import type { ClickHouseDatabase } from "./ClickHouseDatabase.ts"
import { type Choice, MIGRATIONS } from "./schema.ts"

/** Creates what is missing. Several may do it at once. A database of a later version is refused. */
export const migrate = Effect.fnUntraced(function* (database: ClickHouseDatabase) {
  // Somebody without the right to create databases may have been given one.
  yield* Effect.ignore(database.create)
  yield* database.run(
    "CREATE TABLE IF NOT EXISTS schema_versions (version UInt32, at DateTime DEFAULT now()) ENGINE = MergeTree ORDER BY version"
  )
  const [row] = yield* database.rows<{ version: number }>("SELECT max(version) AS version FROM schema_versions")
  const found = row?.version ?? 0
  if (found > MIGRATIONS.length) return yield* tooNew(found)
  for (const [at, statements] of MIGRATIONS.entries()) {
    if (at < found) continue
    yield* Effect.forEach(statements, (statement) => perform(database, statement), { discard: true })
    yield* database.insert("schema_versions", [{ version: at + 1 }])
  }
})

const perform = (database: ClickHouseDatabase, statement: string | Choice) =>
  typeof statement === "string"
    ? database.run(statement)
    : Effect.catch(database.run(statement.newer), () => database.run(statement.older))

const tooNew = (found: number) =>
  new StoreUnavailable({
    store: "traces",
    cause: new Error(`ClickHouse has schema version ${found}, this program knows ${MIGRATIONS.length}`)
  })
