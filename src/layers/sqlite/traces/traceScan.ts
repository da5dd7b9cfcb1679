import type { DatabaseSync } from "node:sqlite"
import { hasTerms, searchableContent } from "../../../services/store/searchTerms.ts"
import { query } from "../spool/query.ts"
import { unpackSpans } from "./SpanPack.ts"
import type { TracePlan } from "./traceFilter.ts"
import { COLUMNS, type TraceRow } from "./traceRow.ts"
import { type WordCandidates, wordReader } from "./wordReader.ts"

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

/** Looks at the next `share` candidates, about, before an id, and gives those that fit, `limit` at most. */
export const scan = (
  database: DatabaseSync,
  plan: TracePlan,
  before: number,
  share: number,
  limit: number
): Scanned =>
  plan.terms.length > 0
    ? scanWords(database, plan, before, share, limit)
    : scanIndex(database, plan, before, share, limit)

const scanIndex = (
  database: DatabaseSync,
  { candidates, condition, from, to }: TracePlan,
  before: number,
  share: number,
  limit: number
): Scanned => {
  const piece = `${candidates.sql} AND id >= ? AND id < ? ORDER BY id DESC LIMIT ?`
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

type FoundRow = TraceRow & {
  readonly body: Uint8Array
  readonly spanAt: number | null
  readonly spanCount: number | null
}

const scanWords = (
  database: DatabaseSync,
  { condition, from, hashes, terms, to }: TracePlan,
  before: number,
  share: number,
  limit: number
): Scanned => {
  const { floor, ids }: WordCandidates = wordReader(database)(hashes, from, Math.min(to, before), share)
  // In this order: a CROSS JOIN takes its left side as it comes.
  const candidates = query<FoundRow>(
    database,
    `SELECT t.id, ${SELECTED}, t.spanAt, t.spanCount, s.body FROM json_each(?) AS c CROSS JOIN traces AS t ON t.id = c.value
       CROSS JOIN spans AS s ON s.id = ifnull(t.pack, t.id) WHERE ${condition.sql}`
  ).iterate(JSON.stringify(ids), ...condition.values)
  const rows: Array<TraceRow> = []
  for (const { body, spanAt, spanCount, ...row } of candidates) {
    // Another word may have the same hash.
    const spans = unpackSpans(body, spanAt ?? undefined, spanCount ?? undefined)
    if (!hasTerms(searchableContent(spans), terms)) continue
    rows.push(row)
    if (rows.length === limit) return { rows, looked: ids.length, before: row.id }
  }
  return { rows, looked: ids.length, ...(floor > from ? { before: floor } : {}) }
}
