import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import { Chart, leadingGroups } from "../../../services/store/Chart.ts"
import { decodeCursor, encodeCursor } from "../../../services/store/cursor.ts"
import { StoreUnavailable } from "../../../services/store/StoreUnavailable.ts"
import {
  type GroupBy,
  InvalidCursor,
  type RollupFilter,
  type SeriesRequest,
  type TracePageRequest
} from "../../../services/store/TraceQuery.ts"
import { MOST_REQUESTS, TraceStore } from "../../../services/store/TraceStore.ts"
import type { StoredTrace } from "../../../services/store/TraceSummary.ts"
import { isCorrupt } from "../spool/sqliteError.ts"
import { type Reading, readingsOf } from "./RollupLevel.ts"
import { openTraces, readTraces, replaceTraces } from "./TraceDatabase.ts"
import { TraceLog } from "./TraceLog.ts"
import { type PreparedPack, preparePack } from "./traceAppend.ts"
import { planOf } from "./traceFilter.ts"
import { summaryOf, type TraceRow } from "./traceRow.ts"

export interface SqliteTraceStoreOptions {
  /** Created when it is missing, with its directory. */
  readonly file: string
  /** For a second process: nothing is created, repaired or written. */
  readonly readonly?: boolean
}

/** What many traces have in common is written once for all of them; a transaction still takes but some milliseconds. */
const BATCH = 384
/** Candidates looked at in one go: few at first, since the first ones mostly fit. */
const FIRST_SHARE = 512
const LAST_SHARE = 4096
/** Candidates of a search over text, after which it gives up. */
const TEXT_SHARE = 200_000
const ROLLUP_AGE_MS = 400 * 24 * 3_600_000

interface ChartRequest extends Omit<SeriesRequest, "groupBy"> {
  readonly groupBy: GroupBy | undefined
}

type Use = <A>(body: (log: TraceLog) => A) => Effect.Effect<A, StoreUnavailable>

/**
 * Traces in one SQLite file of this machine: one process writes, any number read. node:sqlite is synchronous, so keep
 * it off the request thread; what takes long is done in pieces.
 *
 * A file too damaged to go on with is moved aside as `<file>.corrupt-<n>` and a fresh one started: traces are additive.
 * Charts that tell subjects apart are by the minute for as long as the traces are kept, and by the hour for 400 days.
 */
export const layer = (options: SqliteTraceStoreOptions): Layer.Layer<TraceStore, StoreUnavailable> =>
  Layer.effect(TraceStore, Effect.map(options.readonly === true ? reading(options.file) : writing(options.file), make))

const make = (use: Use): TraceStore["Service"] => {
  // What an append makes quick to find is done before the next one.
  const one = Semaphore.makeUnsafe(1)

  /** What to read for a chart, piece by piece. */
  const readingsFor = Effect.fnUntraced(function* ({ filter, from, groupBy, stepMs, to }: ChartRequest) {
    const bySubject = groupBy === "subject" || filter.subject !== undefined
    const minutesFrom = yield* use((log) => log.minutesFrom())
    const pieces: Array<Reading> = []
    for (const whole of readingsOf(from, to, stepMs, bySubject, minutesFrom)) {
      const reading = yield* use((log) => log.clip(whole))
      if (reading === undefined) continue
      const piece = reading.level.stepsAtOnce * reading.level.stepMs
      for (let at = reading.from; at < reading.to; at += piece) {
        pieces.push({ level: reading.level, from: at, to: Math.min(reading.to, at + piece) })
      }
    }
    return pieces
  })

  const leading = Effect.fnUntraced(function* (
    readings: ReadonlyArray<Reading>,
    filter: RollupFilter,
    groupBy: GroupBy
  ) {
    const all = new Map<string, number>()
    for (const reading of readings) {
      for (const { group, requests } of yield* use((log) => log.requests(reading, filter, groupBy))) {
        all.set(group, (all.get(group) ?? 0) + requests)
      }
      yield* Effect.yieldNow
    }
    return leadingGroups(all)
  })

  const fill = Effect.fnUntraced(function* (chart: Chart, readings: ReadonlyArray<Reading>, filter: RollupFilter) {
    for (const reading of readings) {
      yield* use((log) => {
        for (const row of log.rollups(reading, filter)) chart.add(row)
      })
      yield* Effect.yieldNow
    }
    return chart
  })

  return {
    batchTraces: BATCH,
    append: Effect.fnUntraced(function* (traces: Iterable<StoredTrace>) {
      const packs: Array<PreparedPack> = []
      const each = traces[Symbol.iterator]()
      while (true) {
        const pack = yield* attempt(() => preparePack(each))
        if (pack === undefined) break
        packs.push(pack)
        yield* Effect.yieldNow
      }
      if (packs.length > 0) yield* use((log) => log.append(packs))
      while (yield* use((log) => log.fold())) yield* Effect.yieldNow
    }, one.withPermit),
    get: (traceId, spanId) =>
      Stream.unfold(-1, (after) =>
        Effect.andThen(
          Effect.yieldNow,
          use((log) => log.get(traceId, after, spanId))
        )
      ).pipe(Stream.take(MOST_REQUESTS)),
    page: Effect.fnUntraced(function* ({ cursor, filter, limit }: TracePageRequest) {
      const plan = planOf(filter)
      const rows: Array<TraceRow> = []
      let before: number | undefined = cursor === undefined ? Number.MAX_SAFE_INTEGER : yield* idOfCursor(cursor)
      let looked = 0
      let share = FIRST_SHARE
      while (before !== undefined && rows.length <= limit) {
        if (plan.words.length > 0 && looked >= TEXT_SHARE) break
        const last: number = before
        const scanned = yield* use((log) => log.scan(plan, last, share, limit + 1 - rows.length))
        rows.push(...scanned.rows)
        looked += scanned.looked
        before = scanned.before
        share = Math.min(share * 2, LAST_SHARE)
        yield* Effect.yieldNow
      }
      const shown = rows.slice(0, limit)
      const next = rows.length > limit ? shown.at(-1)?.id : before
      return {
        traces: shown.map(summaryOf),
        ...(next === undefined ? {} : { next: encodeCursor({ start: shown.at(-1)?.start ?? 0, tie: String(next) }) }),
        partial: rows.length <= limit && before !== undefined
      }
    }),
    series: Effect.fnUntraced(function* ({ filter, from, groupBy, stepMs, to }) {
      const first = Math.floor(from / stepMs) * stepMs
      const readings = yield* readingsFor({ from: first, to, stepMs, filter, groupBy })
      const groups = groupBy === undefined ? undefined : yield* leading(readings, filter, groupBy)
      return (yield* fill(new Chart(stepMs, groupBy, groups), readings, filter)).series()
    }),
    top: Effect.fnUntraced(function* ({ filter, from, groupBy, limit, orderBy, to }) {
      const readings = yield* readingsFor({ from, to, stepMs: WHOLE, filter, groupBy })
      return (yield* fill(new Chart(WHOLE, groupBy), readings, filter)).top(orderBy, limit)
    }),
    retain: (retention) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => use((log) => log.retain(retention, now - ROLLUP_AGE_MS))),
    size: use((log) => log.size())
  }
}

/** One step for all time, and a whole number of hours. */
const WHOLE = 3_600_000 * 1e9

const idOfCursor = (cursor: string): Effect.Effect<number, InvalidCursor> =>
  Effect.flatMap(decodeCursor(cursor), ({ tie }) =>
    /^\d{1,16}$/.test(tie) ? Effect.succeed(Number(tie)) : Effect.fail(new InvalidCursor())
  )

const unavailable = (cause: unknown) => new StoreUnavailable({ store: "traces", cause })

const attempt = <A>(body: () => A): Effect.Effect<A, StoreUnavailable> => Effect.try({ try: body, catch: unavailable })

const reading = (file: string): Effect.Effect<Use, StoreUnavailable, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      attempt(() => readTraces(file).database),
      (database) => Effect.sync(() => database.close())
    ),
    (database): Use => {
      const log = new TraceLog(database)
      return (body) => attempt(() => body(log))
    }
  )

const writing = Effect.fnUntraced(function* (file: string): Effect.fn.Return<Use, StoreUnavailable, Scope.Scope> {
  let closed = false
  let current = yield* Effect.acquireRelease(
    attempt(() => openTraces(file)),
    () =>
      Effect.sync(() => {
        closed = true
        if (current.database.isOpen) current.database.close()
      })
  )
  let log = new TraceLog(current.database)
  yield* reportMoved(current.movedTo)

  const replace = attempt(() => {
    if (current.database.isOpen) current.database.close()
    current = replaceTraces(file)
    log = new TraceLog(current.database)
  }).pipe(Effect.andThen(Effect.suspend(() => reportMoved(current.movedTo))))

  return (body) =>
    Effect.suspend(() => {
      if (closed) return Effect.fail(unavailable(new Error("it is closed")))
      // A replacement that failed half-way is taken up again.
      return current.database.isOpen ? Effect.void : replace
    }).pipe(
      Effect.andThen(attempt(() => body(log))),
      Effect.tapError(({ cause }) => (isCorrupt(cause) ? replace : Effect.void))
    )
})

const reportMoved = (movedTo: string | undefined) =>
  movedTo === undefined
    ? Effect.void
    : Effect.logError("traces were damaged: moved aside, and a fresh file started").pipe(
        Effect.annotateLogs({ movedTo })
      )
