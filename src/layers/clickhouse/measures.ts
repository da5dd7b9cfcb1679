import * as Effect from "effect/Effect"
import type {
  Measures,
  RollupFilter,
  Series,
  SeriesRequest,
  TopRequest,
  TopRow
} from "../../services/store/TraceQuery.ts"
import type { ClickHouseDatabase } from "./ClickHouseDatabase.ts"
import { binOf, middleOf, percentileBins } from "./durationBins.ts"
import { FROZEN, MINUTE_MS, minuteOf } from "./schema.ts"
import { rollupCondition } from "./traceFilter.ts"

const GROUPS = 10

/** Ten groups at most have a line of their own. */
export const seriesOf = Effect.fnUntraced(function* (database: ClickHouseDatabase, request: SeriesRequest) {
  const { groupBy, stepMs } = request
  const { parameters, sql } = measured({ ...request, from: request.from - (request.from % stepMs) })
  const first =
    groupBy === undefined
      ? [{ name: "" }]
      : yield* database.rows<{ name: string }>(
          `SELECT ${groupBy} AS name FROM (${sql}) GROUP BY name ORDER BY sum(requests) DESC, name LIMIT ${GROUPS}`,
          parameters
        )
  const groups = first.map(({ name }) => name)
  // Place 0 is for all who are not among the first.
  const place = groupBy === undefined ? "1" : `indexOf({groups:Array(String)}, toString(${groupBy}))`
  const rows = yield* database.rows<MeasuredRow & { place: number; step: number; whole: 0 | 1 }>(
    `SELECT place, step, whole, ${MEASURES} FROM (
      SELECT place, step, grouping(step) AS whole, ${SUMS} FROM (
        SELECT *, toUInt8(${place}) AS place, intDiv(minute, {minutes:UInt32}) AS step FROM (${sql})
      ) GROUP BY GROUPING SETS ((place), (place, step))
    ) ORDER BY place = 0, place, step`,
    { ...parameters, groups, minutes: stepMs / MINUTE_MS }
  )
  const series: Series = {
    stepMs,
    lines: rows
      .filter(({ whole }) => whole === 1)
      .map((line) => ({
        group: line.place === 0 ? "other" : (groups[line.place - 1] ?? ""),
        total: measuresOf(line),
        points: rows
          .filter(({ place, whole }) => place === line.place && whole === 0)
          .map((point) => ({ at: point.step * stepMs, ...measuresOf(point) }))
      }))
  }
  return series
})

const ORDERS = { requests: "n", errors: "failed", tokens: "input + output", cost: "spent" } as const

/** The groups with the most of something; alike ones by name. */
export const topOf = Effect.fnUntraced(function* (database: ClickHouseDatabase, request: TopRequest) {
  const { parameters, sql } = measured(request)
  const rows = yield* database.rows<MeasuredRow & { name: string }>(
    `SELECT name, ${MEASURES} FROM (
      SELECT ${request.groupBy} AS name, ${SUMS} FROM (${sql}) GROUP BY name
    ) ORDER BY ${ORDERS[request.orderBy]} DESC, name LIMIT {limit:UInt32}`,
    { ...parameters, limit: request.limit }
  )
  return rows.map((row): TopRow => ({ group: row.name, ...measuresOf(row) }))
})

/**
 * Rollups of the minutes that have one that holds, and the rows of the others, in the same columns. A minute whose rows
 * have begun to go is counted by its rollup alone.
 */
const measured = (request: { readonly from: number; readonly to: number; readonly filter: RollupFilter }) => {
  const { parameters, sql } = rollupCondition(request.filter)
  const range = "minute >= {fromMinute:UInt32} AND minute < {toMinute:UInt32}"
  const minutes = `SELECT minute, max(touched) AS touch, max(sealed) AS seal FROM minutes WHERE ${range} GROUP BY minute`
  return {
    sql: `SELECT minute, model, provider, subject, result, requests, input_tokens, output_tokens, cost,
        latency_bins, latency_counts, first_token_bins, first_token_counts
      FROM minute_rollups FINAL
      WHERE ${range}${sql} AND (minute, version) IN (
        SELECT minute, seal FROM (${minutes}) WHERE seal > touch OR minute < ${FROZEN}
      )
      UNION ALL
      SELECT minute, model, provider, subject, result, 1, input_tokens, output_tokens, cost,
        [${binOf("duration_ms")}], [1],
        if(first_token_ms IS NULL, [], [${binOf("ifNull(first_token_ms, 0)")}]), if(first_token_ms IS NULL, [], [1])
      FROM traces FINAL
      WHERE ${range}${sql} AND minute IN (
        SELECT minute FROM (${minutes}) WHERE seal <= touch AND minute >= ${FROZEN}
      )`,
    parameters: {
      ...parameters,
      fromMinute: minuteOf(request.from),
      toMinute: minuteOf(request.to + MINUTE_MS - 1)
    }
  }
}

const SUMS = `sum(requests) AS n, sumIf(requests, result = 'error') AS failed, sum(input_tokens) AS input,
  sum(output_tokens) AS output, sum(cost) AS spent, sumMap(latency_bins, latency_counts) AS latencies,
  sumMap(first_token_bins, first_token_counts) AS first_tokens`

const MEASURES = `n, failed, input, output, spent, ${percentileBins("latencies")} AS latency,
  ${percentileBins("first_tokens")} AS first_token`

interface MeasuredRow {
  readonly n: number
  readonly failed: number
  readonly input: number
  readonly output: number
  readonly spent: number
  readonly latency: ReadonlyArray<number>
  readonly first_token: ReadonlyArray<number>
}

const measuresOf = (row: MeasuredRow): Measures => ({
  requests: row.n,
  errors: row.failed,
  inputTokens: row.input,
  outputTokens: row.output,
  cost: row.spent,
  latency: percentilesOf(row.latency),
  timeToFirstToken: percentilesOf(row.first_token)
})

const percentilesOf = ([p50, p95, p99]: ReadonlyArray<number>): Measures["latency"] =>
  p50 === undefined || p95 === undefined || p99 === undefined
    ? {}
    : { p50: middleOf(p50), p95: middleOf(p95), p99: middleOf(p99) }
