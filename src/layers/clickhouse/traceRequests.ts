import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { StoreUnavailable } from "../../services/store/StoreUnavailable.ts"
import { MOST_REQUESTS } from "../../services/store/TraceStore.ts"
import type { StoredTrace } from "../../services/store/TraceSummary.ts"
import type { ClickHouseDatabase } from "./ClickHouseDatabase.ts"
import { HORIZON, minuteOf } from "./schema.ts"
import { traceOf } from "./traceRow.ts"

interface Name {
  readonly start: number
  readonly span_id: string
}

interface Row {
  readonly summary: string
  readonly spans: string
}

/** Requests asked for at once: few at first, since nothing says how long they are. */
const FIRST = 4
const MOST = 64
/** Characters of one answer from which on fewer are asked for, and below which more. */
const CHARACTERS = 1024 * 1024

/**
 * The requests of a trace, oldest first, or the one with this root. Names come first, and then the rows piece by piece:
 * what is to be sorted, held and parsed at once stays small.
 */
export const traceRequests = (
  database: ClickHouseDatabase,
  traceId: string,
  spanId: string | undefined
): Stream.Stream<StoredTrace, StoreUnavailable> =>
  Stream.fromEffect(namesOf(database, traceId, spanId)).pipe(
    Stream.flatMap((names) =>
      Stream.paginate({ at: 0, size: FIRST }, ({ at, size }) =>
        Effect.map(rowsOf(database, traceId, names.slice(at, at + size)), (rows) => {
          const next = { at: at + size, size: sizeAfter(size, rows) }
          return [rows, next.at < names.length ? Option.some(next) : Option.none()] as const
        })
      )
    ),
    // One by one, since whoever reads may let go of one before the next is parsed.
    Stream.rechunk(1),
    Stream.map(traceOf)
  )

const sizeAfter = (size: number, rows: ReadonlyArray<Row>): number => {
  const characters = rows.reduce((sum, { spans }) => sum + spans.length, 0)
  return characters > CHARACTERS ? Math.max(1, size >> 1) : Math.min(MOST, size * 2)
}

const namesOf = (database: ClickHouseDatabase, traceId: string, spanId: string | undefined) =>
  database.rows<Name>(
    `SELECT start, span_id FROM traces
      WHERE trace_id = {traceId:String}${spanId === undefined ? "" : " AND span_id = {spanId:String}"} AND start >= ${HORIZON}
      ORDER BY start, span_id LIMIT 1 BY span_id LIMIT ${MOST_REQUESTS}`,
    { traceId, ...(spanId === undefined ? {} : { spanId }) }
  )

/** A row and its copies have one start; of them the one stored first counts. */
const rowsOf = (database: ClickHouseDatabase, traceId: string, names: ReadonlyArray<Name>) => {
  const [first, last] = [names[0], names.at(-1)]
  if (first === undefined || last === undefined) return Effect.succeed([])
  return database.rows<Row>(
    `SELECT summary, spans FROM traces
      WHERE trace_id = {traceId:String} AND minute BETWEEN {fromMinute:UInt32} AND {toMinute:UInt32}
        AND start BETWEEN {from:Float64} AND {to:Float64} AND span_id IN {spanIds:Array(String)}
      ORDER BY start, span_id, version DESC LIMIT 1 BY span_id`,
    {
      traceId,
      fromMinute: minuteOf(first.start),
      toMinute: minuteOf(last.start),
      from: first.start,
      to: last.start,
      spanIds: names.map(({ span_id }) => span_id)
    }
  )
}
