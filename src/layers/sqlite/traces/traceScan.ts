import type { DatabaseSync } from "node:sqlite"
import { hasTerms, searchableContent } from "../../../services/store/searchTerms.ts"
import { release } from "../../system/release.ts"
import { query } from "../spool/query.ts"
import { unpackSpans } from "./SpanPack.ts"
import { termReader } from "./termReader.ts"
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

/** Gives the function that looks at the next `share` candidates, about, before an id, and gives `limit` that fit at most. */
export const scanner = (database: DatabaseSync) => {
  const findTerms = termReader(database)
  const content = query<{ spans: Uint8Array }>(database, "SELECT spans FROM packs WHERE id = ?")

  const contentOf = (pack: number, at: number, count: number): string => {
    const packed = content.get(pack)?.spans
    if (packed === undefined) return ""
    const spans = unpackSpans(packed, at, count)
    release(packed)
    return searchableContent(spans)
  }

  const scanTerms = (plan: TracePlan, before: number, share: number, limit: number): Scanned => {
    const { condition, from, narrowing, to, words } = plan
    const { floor, ids } = findTerms(plan, from, Math.min(to, before), share)
    // In the order of the ids: a CROSS JOIN takes its left side as it comes.
    const candidates = query<FoundRow>(
      database,
      `SELECT t.id, ${SELECTED}, t.pack, t.spanAt, t.spanCount FROM json_each(?) AS c CROSS JOIN traces AS t
         ON t.id = c.value WHERE ${narrowing.sql} AND ${condition.sql}`
    ).iterate(JSON.stringify(ids), ...narrowing.values, ...condition.values)
    const rows: Array<TraceRow> = []
    for (const { pack, spanAt, spanCount, ...row } of candidates) {
      // Another word may have the same hash.
      if (words.length > 0 && !hasTerms(contentOf(pack, spanAt, spanCount), words)) continue
      rows.push(row)
      if (rows.length === limit) return { rows, looked: ids.length, before: row.id }
    }
    return { rows, looked: ids.length, ...(floor > from ? { before: floor } : {}) }
  }

  return (plan: TracePlan, before: number, share: number, limit: number): Scanned =>
    plan.hashes.length > 0 ? scanTerms(plan, before, share, limit) : scanIndex(database, plan, before, share, limit)
}

type FoundRow = TraceRow & { readonly pack: number; readonly spanAt: number; readonly spanCount: number }

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
