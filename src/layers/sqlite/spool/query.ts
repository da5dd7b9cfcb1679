import type { DatabaseSync } from "node:sqlite"

type Value = number | string | Uint8Array | null

/** A prepared statement, with the type of its rows. */
export interface Query<Row> {
  readonly get: (...values: ReadonlyArray<Value>) => Row | undefined
  readonly all: (...values: ReadonlyArray<Value>) => Array<Row>
  readonly iterate: (...values: ReadonlyArray<Value>) => Iterable<Row>
  readonly run: (...values: ReadonlyArray<Value>) => unknown
}

/** Prepares `sql`. `Row` is taken on trust: the tables are STRICT, and the SQL that selects stands beside it. */
export const query = <Row = never>(database: DatabaseSync, sql: string): Query<Row> =>
  database.prepare(sql) as unknown as Query<Row>
