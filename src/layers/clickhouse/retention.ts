import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { StoreUnavailable } from "../../services/store/StoreUnavailable.ts"
import type { Retention } from "../../services/store/TraceStore.ts"
import type { ClickHouseDatabase } from "./ClickHouseDatabase.ts"
import { MINUTE_MS, minuteOf, PARTITION_MINUTES } from "./schema.ts"
import { sealMinutes } from "./sealMinutes.ts"

/** Days that rollups are kept for. */
const ROLLUP_DAYS = 400
const DAY_MS = 86_400_000

interface Partition {
  readonly number: number
  readonly rows: number
  readonly bytes: number
}

/** Where the rows that stay begin: in milliseconds, and as the first minute all of whose rows still lie there. */
interface Cut {
  readonly horizon: number
  readonly frozen: number
}

/**
 * Rows before the horizon are gone at once for whoever reads. From the disk go whole partitions, which costs nothing at
 * any size; only where a single one is already too large are its oldest rows cut off.
 */
export const retain = Effect.fnUntraced(function* (database: ClickHouseDatabase, { before, maxBytes }: Retention) {
  yield* dropOldRollups(database)
  const partitions = yield* partitionsOf(database)
  const [reached = START] = yield* database.rows<Cut>(
    "SELECT max(horizon) AS horizon, max(frozen) AS frozen FROM retention"
  )
  const bySize = yield* bytesCut(database, partitions, maxBytes)
  const cut = latest(reached, latest(ageCut(before), bySize))
  // None may go before the minutes that lose them are counted.
  while ((yield* sealMinutes(database, { below: cut.frozen, quietSeconds: 0 })) > 0) yield* Effect.yieldNow
  const [went] = yield* database.rows<{ traces: number }>(
    `SELECT count() AS traces FROM traces FINAL
      WHERE minute <= {minute:UInt32} AND start >= {from:Float64} AND start < {to:Float64}`,
    { minute: minuteOf(cut.horizon), from: reached.horizon, to: cut.horizon }
  )
  if (cut.horizon > reached.horizon || cut.frozen > reached.frozen) yield* database.insert("retention", [cut])
  for (const partition of partitions) {
    const { number } = partition
    if (endOf(partition).frozen <= cut.frozen) {
      yield* database.run("ALTER TABLE traces DROP PARTITION {number:UInt32}", { number })
    } else if (bySize.frozen > number * PARTITION_MINUTES) {
      yield* database.run(
        "ALTER TABLE traces DELETE WHERE intDiv(minute, {minutes:UInt32}) = {number:UInt32} AND start < {start:Float64}",
        { minutes: PARTITION_MINUTES, number, start: bySize.horizon }
      )
    }
  }
  return went?.traces ?? 0
})

const dropOldRollups = Effect.fnUntraced(function* (database: ClickHouseDatabase) {
  const oldest = minuteOf((yield* Clock.currentTimeMillis) - ROLLUP_DAYS * DAY_MS)
  for (const table of ["minute_rollups", "minutes"] as const) {
    const months = yield* database.rows<{ month: number }>(
      `SELECT DISTINCT toUInt32(partition) AS month FROM system.parts
        WHERE database = currentDatabase() AND table = {table:String} AND active
          AND month < toYYYYMM(toDateTime({oldest:UInt32} * 60, 'UTC'))`,
      { table, oldest }
    )
    for (const { month } of months) {
      yield* database.run(`ALTER TABLE ${table} DROP PARTITION {month:UInt32}`, { month })
    }
  }
})

/** Oldest first. */
const partitionsOf = (database: ClickHouseDatabase) =>
  database.rows<Partition>(
    `SELECT toUInt32(partition) AS number, sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts
      WHERE database = currentDatabase() AND table = 'traces' AND active GROUP BY number ORDER BY number`
  )

const START: Cut = { horizon: 0, frozen: 0 }

const ageCut = (before: number): Cut => {
  const minute = minuteOf(before)
  return { horizon: Math.min(Math.max(0, before), LAST), frozen: minute - (minute % PARTITION_MINUTES) }
}

/** The end of what the columns hold. */
const LAST = minuteOf(Number.MAX_VALUE) * MINUTE_MS

const endOf = ({ number }: Partition): Cut => {
  const frozen = (number + 1) * PARTITION_MINUTES
  return { horizon: frozen * MINUTE_MS, frozen }
}

const bytesCut = Effect.fnUntraced(function* (
  database: ClickHouseDatabase,
  partitions: ReadonlyArray<Partition>,
  maxBytes: number
): Effect.fn.Return<Cut, StoreUnavailable> {
  let bytes = partitions.reduce((total, partition) => total + partition.bytes, 0)
  let cut = START
  for (const [at, partition] of partitions.entries()) {
    if (bytes <= maxBytes) break
    if (at === partitions.length - 1) return latest(cut, yield* cutWithin(database, partition, maxBytes))
    cut = endOf(partition)
    bytes -= partition.bytes
  }
  return cut
})

/** Cuts at a minute's start where it can: whatever else comes to a minute that has lost rows is not counted. */
const cutWithin = Effect.fnUntraced(function* (
  database: ClickHouseDatabase,
  partition: Partition,
  maxBytes: number
): Effect.fn.Return<Cut, StoreUnavailable> {
  // The bytes tell only when the last cut is done.
  if ((yield* database.rows(UNDER_WAY)).length > 0) return START
  const excess = Math.ceil((partition.rows * (partition.bytes - maxBytes)) / partition.bytes)
  const [stays] = yield* database.rows<{ minute: number; start: number; oldest: number }>(
    `SELECT minute, start, (SELECT min(minute) FROM traces WHERE ${WITHIN}) AS oldest FROM traces
      WHERE ${WITHIN} ORDER BY minute, start LIMIT 1 OFFSET {excess:UInt64}`,
    { number: partition.number, excess }
  )
  if (stays === undefined) return endOf(partition)
  const { minute, oldest, start } = stays
  return minute > oldest ? { horizon: minute * MINUTE_MS, frozen: minute } : { horizon: start, frozen: minute + 1 }
})

const WITHIN = `intDiv(minute, ${PARTITION_MINUTES}) = {number:UInt32}`

const UNDER_WAY = `SELECT 1 FROM system.mutations
  WHERE database = currentDatabase() AND table = 'traces' AND NOT is_done LIMIT 1`

const latest = (a: Cut, b: Cut): Cut => ({
  horizon: Math.max(a.horizon, b.horizon),
  frozen: Math.max(a.frozen, b.frozen)
})
