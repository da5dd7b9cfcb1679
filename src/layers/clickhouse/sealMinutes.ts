import * as Effect from "effect/Effect"
import type { ClickHouseDatabase } from "./ClickHouseDatabase.ts"
import { binOf } from "./durationBins.ts"
import { FROZEN } from "./schema.ts"

/** Of one statement. */
const MINUTES = 240

export interface Unsealed {
  /** Only minutes below this. */
  readonly below: number
  /** Only those to which nothing came for so long, by the server's clock. */
  readonly quietSeconds: number
}

/**
 * Computes the rollups of minutes that were touched since theirs, oldest first; gives how many: call it again until it
 * is none. It can be stopped anywhere and run by several at once: a rollup holds when it is whole, and for as long as
 * nothing comes to its minute.
 */
export const sealMinutes = Effect.fnUntraced(function* (
  database: ClickHouseDatabase,
  { below, quietSeconds }: Unsealed
) {
  // The version is from before the rows are read: what comes in between leaves the minute touched.
  const found = yield* database.rows<{ minute: number; now: number }>(
    `SELECT minute, toUnixTimestamp64Micro(now64(6)) AS now FROM minutes
      WHERE minute < {below:UInt32} AND minute >= ${FROZEN} GROUP BY minute
      HAVING max(sealed) <= max(touched) AND max(touched) <= now - {quiet:UInt64}
      ORDER BY minute LIMIT ${MINUTES}`,
    { below, quiet: quietSeconds * 1_000_000 }
  )
  const version = found[0]?.now
  if (version === undefined) return 0
  const minutes = found.map(({ minute }) => minute)
  yield* database.run(
    `INSERT INTO minute_rollups
      SELECT minute, {version:Int64}, model, provider, subject, result, count(), sum(input_tokens), sum(output_tokens),
        sum(cost), sumMap(latency, once).1, sumMap(latency, once).2, sumMap(first, first_once).1,
        sumMap(first, first_once).2
      FROM (
        SELECT *, [${binOf("duration_ms")}] AS latency, [toUInt64(1)] AS once,
          if(first_token_ms IS NULL, [], [${binOf("ifNull(first_token_ms, 0)")}]) AS first,
          if(first_token_ms IS NULL, [], [toUInt64(1)]) AS first_once
        FROM traces FINAL WHERE minute IN {minutes:Array(UInt32)}
      )
      GROUP BY minute, model, provider, subject, result`,
    { minutes, version }
  )
  yield* database.insert(
    "minutes",
    minutes.map((minute) => ({ minute, touched: 0, sealed: version }))
  )
  return minutes.length
})
