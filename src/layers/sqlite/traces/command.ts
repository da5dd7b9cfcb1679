import type { DatabaseSync, SQLInputValue } from "node:sqlite"

/** A prepared statement that gives no rows. */
export interface Command {
  readonly run: (...values: ReadonlyArray<SQLInputValue>) => unknown
}

/**
 * Prepares what only writes. FTS5 leaves row ids of its own behind as the last that was inserted, larger than a number
 * can be, which `run` gives back after whatever comes next, and throws where it may not give a bigint.
 */
export const command = (database: DatabaseSync, sql: string): Command => {
  const statement = database.prepare(sql)
  statement.setReadBigInts(true)
  return statement
}
