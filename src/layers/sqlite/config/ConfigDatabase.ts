import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { makeOwnFile } from "../ownFile.ts"
import { isBusy } from "../spool/sqliteError.ts"
import { migrate, NewerSchema } from "./configSchema.ts"

/** The file cannot serve: it is damaged, of a newer program, or not to be written. */
export class ConfigDatabaseUnusable extends Schema.TaggedError<ConfigDatabaseUnusable>()("ConfigDatabaseUnusable", {
  file: Schema.String,
  reason: Schema.String,
  cause: Schema.Defect()
}) {
  override get message(): string {
    return `${this.file} ${this.reason}`
  }
}

/** Of programs that start at once, one creates the file or migrates it, and the others wait. */
const patience = Schedule.spaced("50 millis").pipe(Schedule.upTo({ duration: "10 seconds" }))

/**
 * Opens `<directory>/config.db` for the life of the scope, and creates it where it is missing. Others may have it open.
 * A statement that another connection is in the way of fails at once (`isBusy`): SQLite's own waiting would hold the
 * thread, which may be the one that serves requests.
 */
export const openConfigDatabase = (
  directory: string
): Effect.Effect<DatabaseSync, ConfigDatabaseUnusable, Scope.Scope> => {
  const file = join(directory, "config.db")
  return Effect.acquireRelease(
    Effect.try({ try: () => open(directory, file), catch: (cause) => cause }).pipe(
      Effect.retry({ schedule: patience, while: isBusy }),
      Effect.mapError((cause) => new ConfigDatabaseUnusable({ file, reason: reasonOf(cause), cause }))
    ),
    (database) => Effect.sync(() => database.close())
  )
}

const reasonOf = (cause: unknown): string => {
  if (cause instanceof NewerSchema) return cause.message
  return `cannot be opened as the database of the configuration${cause instanceof Error ? `: ${cause.message}` : ""}`
}

const open = (directory: string, file: string): DatabaseSync => {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  makeOwnFile(file)
  const database = new DatabaseSync(file)
  try {
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
    migrate(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}
