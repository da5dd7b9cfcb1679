import type { DatabaseSync } from "node:sqlite"
import { query } from "../spool/query.ts"
import type { TracePlan } from "./traceFilter.ts"
import { COLUMNS, type TraceRow } from "./traceRow.ts"

/** What a piece of a scan gave. */
export interface Scanned {
  /** Newest first. */
  readonly rows: ReadonlyArray<TraceRow>
  /** Candidates looked at, fitting or not. */
  readonly looked: number
  /** The scan goes on before this id; absent at its end. */
  readonly before?: number
}

const SELECTED = COLUMNS.map((column) => `t.${column}`).join(", ")

/** Looks at the next `share` candidates before an id, and gives those that fit, `limit` at most. */
export const scan = (
  database: DatabaseSync,
  { candidates, condition, from, idColumn, to }: TracePlan,
  before: number,
  share: number,
  limit: number
): Scanned => {
  const piece = `${candidates.sql} AND ${idColumn} >= ? AND ${idColumn} < ? ORDER BY ${idColumn} DESC LIMIT ?`
  const values = [...candidates.values, from, Math.min(to, before), share]
  // Without the rows: the index alone says how far the share reaches.
  const reach = query<{ looked: number; last: number | null }>(
    database,
    `SELECT count(*) AS looked, min(id) AS last FROM (${piece})`
  ).get(...values)
  if (reach === undefined || reach.last === null) return { rows: [], looked: 0 }
  const rows = query<TraceRow>(
    database,
    `SELECT t.id, ${SELECTED} FROM (${piece}) AS c CROSS JOIN traces AS t ON t.id = c.id
       WHERE ${condition.sql} ORDER BY c.id DESC LIMIT ?`
  ).all(...values, ...condition.values, limit)
  const last = rows.at(-1)
  if (rows.length === limit && last !== undefined) return { rows, looked: reach.looked, before: last.id }
  return { rows, looked: reach.looked, ...(reach.looked < share ? {} : { before: reach.last }) }
}
