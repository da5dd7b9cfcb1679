import * as Effect from "effect/Effect"
import { type Cursor, decodeCursor, encodeCursor } from "../../services/store/cursor.ts"
import { searchTerms } from "../../services/store/searchTerms.ts"
import type { TracePage, TracePageRequest } from "../../services/store/TraceQuery.ts"
import type { ClickHouseDatabase } from "./ClickHouseDatabase.ts"
import { HORIZON, minuteOf } from "./schema.ts"
import { type Condition, traceCondition } from "./traceFilter.ts"
import { summaryOf } from "./traceRow.ts"

/** Rows through which one page searches for words. */
const SEARCHED_ROWS = 200_000

// Copies of a row lie side by side in this order, the one that stays first. It is the table's own, backwards: the server
// stops reading when the page is full, which `FINAL` would keep it from.
const NEWEST_FIRST = "ORDER BY minute DESC, start DESC, trace_id DESC, span_id DESC, version DESC"

interface Row {
  readonly start: number
  readonly trace_id: string
  readonly span_id: string
}

/** One page of rows, newest first. */
export const tracePage = Effect.fnUntraced(function* (
  database: ClickHouseDatabase,
  { cursor, filter, limit }: TracePageRequest
) {
  const after = cursor === undefined ? undefined : yield* decodeCursor(cursor)
  const older = after === undefined ? NOTHING : olderThan(after)
  const searches = filter.text !== undefined && searchTerms(filter.text).length > 0
  const end = searches ? yield* searchEnd(database, filter, older) : undefined
  const reach = end === undefined ? NOTHING : notOlderThan(end)
  const condition = traceCondition(filter)
  const found = yield* database.rows<Row & { readonly summary: string }>(
    `SELECT start, trace_id, span_id, summary FROM traces
      WHERE start >= ${HORIZON}${condition.sql}${older.sql}${reach.sql}
      ${NEWEST_FIRST} LIMIT 1 BY trace_id, span_id LIMIT {limit:UInt32}`,
    { ...condition.parameters, ...older.parameters, ...reach.parameters, limit: limit + 1 }
  )
  const rows = found.slice(0, limit)
  const last = found.length > limit ? rows.at(-1) : end
  const page: TracePage = {
    traces: rows.map(summaryOf),
    ...(last === undefined ? {} : { next: encodeCursor(cursorOf(last)) }),
    partial: found.length <= limit && end !== undefined
  }
  return page
})

/** The last row that a search may look at, where there are older ones. */
const searchEnd = Effect.fnUntraced(function* (
  database: ClickHouseDatabase,
  { from, to }: TracePageRequest["filter"],
  older: Condition
) {
  const span = traceCondition({ ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) })
  const [row] = yield* database.rows<Row>(
    `SELECT start, trace_id, span_id FROM traces WHERE start >= ${HORIZON}${span.sql}${older.sql}
      ${NEWEST_FIRST} LIMIT 1 OFFSET {searched:UInt32}`,
    { ...span.parameters, ...older.parameters, searched: SEARCHED_ROWS }
  )
  return row
})

const NOTHING: Condition = { sql: "", parameters: {} }

const olderThan = ({ start, tie }: Cursor): Condition => ({
  sql: " AND minute <= {afterMinute:UInt32} AND (start, trace_id, span_id) < ({afterStart:Float64}, {afterTrace:String}, {afterSpan:String})",
  parameters: {
    afterMinute: minuteOf(start),
    afterStart: start,
    afterTrace: tie.slice(0, TRACE_ID),
    afterSpan: tie.slice(TRACE_ID)
  }
})

const notOlderThan = ({ span_id, start, trace_id }: Row): Condition => ({
  sql: " AND minute >= {endMinute:UInt32} AND (start, trace_id, span_id) >= ({endStart:Float64}, {endTrace:String}, {endSpan:String})",
  parameters: { endMinute: minuteOf(start), endStart: start, endTrace: trace_id, endSpan: span_id }
})

/** Digits of a trace id. */
const TRACE_ID = 32

const cursorOf = ({ span_id, start, trace_id }: Row): Cursor => ({ start, tie: trace_id + span_id })
