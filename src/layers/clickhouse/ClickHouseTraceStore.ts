import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import type { StoreUnavailable } from "../../services/store/StoreUnavailable.ts"
import { TraceStore, type TraceStoreSize } from "../../services/store/TraceStore.ts"
import type { StoredTrace } from "../../services/store/TraceSummary.ts"
import { type ClickHouseDatabase, connect } from "./ClickHouseDatabase.ts"
import { seriesOf, topOf } from "./measures.ts"
import { migrate } from "./migrate.ts"
import { retain } from "./retention.ts"
import { HORIZON, minuteOf } from "./schema.ts"
import { sealMinutes } from "./sealMinutes.ts"
import { tracePage } from "./tracePage.ts"
import { traceRequests } from "./traceRequests.ts"
import { rowOf, type TraceRow } from "./traceRow.ts"

export interface ClickHouseTraceStoreOptions {
  /** `http(s)://user:password@host:8123/database`; the database `spangate` where it names none. */
  readonly url: Redacted.Redacted
}

/** Traces made ready in one go; whoever shares the thread gets a turn after them. */
const PIECE = 32
const SEAL_EVERY = "30 seconds"
/** Nothing comes to most minutes after it. */
const QUIET_SECONDS = 120

/**
 * Traces on a ClickHouse server. Several programs may write and read one database; where it is on several replicas,
 * their clocks must agree within a second. The database and its tables are created at start, or when the server is
 * there: the layer fails on a URL that is none, and on nothing else.
 *
 * A batch becomes visible partition by partition (six hours of starts each); one that failed half-way is whole when it
 * has come again. After a retention by age the disk follows within six hours.
 */
export const layer = (options: ClickHouseTraceStoreOptions): Layer.Layer<TraceStore, StoreUnavailable> =>
  Layer.effect(
    TraceStore,
    Effect.gen(function* () {
      const connected = yield* connect(Redacted.value(options.url))
      const database = yield* migrated(connected)
      yield* database.pipe(
        Effect.ignoreCause({ log: "Warn", message: "ClickHouse is away: its tables are looked at when it is back" })
      )
      yield* database.pipe(
        Effect.flatMap(sealAll),
        Effect.ignoreCause({ log: "Debug", message: "minutes could not be rolled up" }),
        Effect.repeat(Schedule.spaced(SEAL_EVERY)),
        Effect.forkScoped
      )
      const use = <A, E>(body: (database: ClickHouseDatabase) => Effect.Effect<A, E>) => Effect.flatMap(database, body)
      return TraceStore.of({
        append: (traces, batch) =>
          Effect.flatMap(rowsOf(traces), (rows) =>
            rows.length === 0 ? Effect.void : use((to) => append(to, rows, batch))
          ),
        get: (traceId, spanId) => Stream.unwrap(Effect.map(database, (from) => traceRequests(from, traceId, spanId))),
        page: (request) => use((from) => tracePage(from, request)),
        series: (request) => use((from) => seriesOf(from, request)),
        top: (request) => use((from) => topOf(from, request)),
        retain: (retention) => use((from) => retain(from, retention)),
        size: use(sizeOf)
      })
    })
  )

/** The database once it has its tables: seen to before its first use, and again until it was done. */
const migrated = Effect.fnUntraced(function* (database: ClickHouseDatabase) {
  const one = yield* Semaphore.make(1)
  let done = false
  const prepare = Effect.suspend(() => (done ? Effect.void : migrate(database))).pipe(
    Effect.tap(() =>
      Effect.sync(() => {
        done = true
      })
    ),
    one.withPermit
  )
  return Effect.suspend(() => (done ? Effect.succeed(database) : Effect.as(prepare, database)))
})

const sealAll = Effect.fnUntraced(function* (database: ClickHouseDatabase) {
  const everything = { below: minuteOf(Number.MAX_VALUE), quietSeconds: QUIET_SECONDS }
  while ((yield* sealMinutes(database, everything)) > 0) yield* Effect.yieldNow
})

const rowsOf = Effect.fnUntraced(function* (traces: Iterable<StoredTrace>) {
  const rows: Array<TraceRow> = []
  for (const trace of traces) {
    rows.push(rowOf(trace))
    if (rows.length % PIECE === 0) yield* Effect.yieldNow
  }
  return rows
})

const append = Effect.fnUntraced(function* (
  database: ClickHouseDatabase,
  rows: ReadonlyArray<TraceRow>,
  batch: string
) {
  yield* database.insert("traces", rows, tokenOf(rows, batch))
  // Afterwards, and not by a view: a rollup that began before the rows lay there must not hold.
  const minutes = new Set(rows.map(({ minute }) => minute))
  yield* database.insert(
    "minutes",
    [...minutes].map((minute) => ({ minute }))
  )
})

// A bus that was set up anew counts from the beginning: the same name of a batch may then stand for other traces.
const tokenOf = (rows: ReadonlyArray<{ readonly trace_id: string; readonly span_id: string }>, batch: string) => {
  const hash = createHash("sha256").update(batch)
  for (const { span_id, trace_id } of rows) hash.update(`\n${trace_id} ${span_id}`)
  return hash.digest("base64url")
}

const sizeOf = Effect.fnUntraced(function* (database: ClickHouseDatabase) {
  const [rows] = yield* database.rows<{ traces: number; oldest: number }>(
    `SELECT count() AS traces, min(start) AS oldest FROM traces FINAL WHERE start >= ${HORIZON}`
  )
  const [parts] = yield* database.rows<{ bytes: number }>(
    `SELECT sum(bytes_on_disk) AS bytes FROM system.parts
      WHERE database = currentDatabase() AND table = 'traces' AND active`
  )
  const { oldest, traces } = rows ?? { oldest: 0, traces: 0 }
  const size: TraceStoreSize = { traces, bytes: parts?.bytes ?? 0, ...(traces > 0 ? { oldest } : {}) }
  return size
})
