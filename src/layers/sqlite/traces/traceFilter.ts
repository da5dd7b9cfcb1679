import { searchTerms } from "../../../services/store/searchTerms.ts"
import type { TraceFilter } from "../../../services/store/TraceQuery.ts"
import { type SizeRange, sizeRangesOf } from "./sizeClass.ts"
import { termHashes } from "./termHashes.ts"
import { idOf, SLACK } from "./traceId.ts"
import { labelsAskedFor, modelLabel } from "./traceLabels.ts"

type Value = string | number

/** A piece of SQL and what its question marks stand for. */
export interface Clause {
  readonly sql: string
  readonly values: ReadonlyArray<Value>
}

/** How the rows of a filter are found. */
export interface TracePlan {
  /** Ids of rows that may fit, by one index; complete with bounds, order and limit. */
  readonly candidates: Clause
  /** What makes a candidate, `t`, fit. */
  readonly condition: Clause
  /** Ids that are looked at: inclusive, exclusive. */
  readonly from: number
  readonly to: number
  /** Terms to find it by, instead of the candidates; where there are any. */
  readonly hashes: ReadonlyArray<number>
  /** Terms of models, which not every block has. */
  readonly models: ReadonlyArray<number>
  readonly sizes: ReadonlyArray<SizeRange>
  /** What the index of failures, which are few, tells of what was found so, `c.value`. */
  readonly narrowing: Clause
  /** Words that its content has to have. */
  readonly words: ReadonlyArray<string>
}

const END = Number.MAX_SAFE_INTEGER

export const planOf = (filter: TraceFilter): TracePlan => {
  const candidates = indexed(filter)
  const words = filter.text === undefined ? [] : searchTerms(filter.text)
  const conditions = conditionsOf(filter)
  return {
    candidates,
    condition: {
      sql: conditions.map(({ sql }) => sql).join(" AND ") || "true",
      values: conditions.flatMap(({ values }) => values)
    },
    from: filter.from === undefined ? 0 : idOf(filter.from),
    to: filter.to === undefined ? END : Math.min(END, idOf(filter.to) + SLACK),
    hashes: [...termHashes(words.join(" "), labelsAskedFor(filter))],
    models: filter.model === undefined ? [] : [...termHashes("", [modelLabel(filter.model)])],
    sizes: sizeRangesOf(filter),
    narrowing: isFailure(filter)
      ? { sql: `EXISTS (${candidates.sql} AND id = c.value)`, values: candidates.values }
      : { sql: "true", values: [] },
    words
  }
}

/** Those with the fewest rows for a value first. */
const INDEXES = [
  ["errorType", "traces_by_error"],
  ["model", "traces_by_model"],
  ["provider", "traces_by_provider"]
] as const

const indexed = (filter: TraceFilter): Clause => {
  const by = (index: string, column: string, value: Value, partly = ""): Clause => ({
    sql: `SELECT id FROM traces INDEXED BY ${index} WHERE ${column} = ?${partly}`,
    values: [value]
  })
  for (const [column, index] of INDEXES) {
    const value = filter[column]
    if (value !== undefined && (column !== "model" || !isFailure(filter))) return by(index, column, value)
  }
  if (filter.result !== undefined && filter.result !== "ok") {
    return by("traces_by_failure", "result", filter.result, " AND result <> 'ok'")
  }
  if (filter.status !== undefined && filter.status !== 200) {
    return by("traces_by_status", "status", filter.status, " AND status <> 200")
  }
  return { sql: "SELECT id FROM traces WHERE true", values: [] }
}

/** Failures are fewer than the requests of a model. */
const isFailure = ({ result, status }: TraceFilter): boolean =>
  (result !== undefined && result !== "ok") || (status !== undefined && status !== 200)

const COMPARISONS = [
  ["from", "t.start >= ?"],
  ["to", "t.start < ?"],
  ["model", "t.model = ?"],
  ["provider", "t.provider = ?"],
  ["subject", "t.subject = ?"],
  ["result", "t.result = ?"],
  ["status", "t.status = ?"],
  ["errorType", "t.errorType = ?"],
  ["finishReason", "EXISTS (SELECT 1 FROM json_each(t.finishReasons) WHERE value = ?)"],
  ["minTokens", "ifnull(t.inputTokens, 0) + ifnull(t.outputTokens, 0) >= ?"],
  ["maxTokens", "ifnull(t.inputTokens, 0) + ifnull(t.outputTokens, 0) <= ?"],
  ["minDurationMs", "t.durationMs >= ?"],
  ["conversationId", "t.conversationId = ?"]
] as const satisfies ReadonlyArray<readonly [keyof TraceFilter, string]>

const conditionsOf = (filter: TraceFilter): ReadonlyArray<Clause> => {
  const conditions: Array<Clause> = COMPARISONS.flatMap(([field, sql]) => {
    const value = filter[field]
    return value === undefined ? [] : [{ sql, values: [value] }]
  })
  const { metadataKey, metadataValue } = filter
  if (metadataKey !== undefined) {
    const value = metadataValue === undefined ? [] : [metadataValue]
    conditions.push({
      sql: `EXISTS (SELECT 1 FROM json_each(t.metadata) WHERE key = ?${value.length === 0 ? "" : " AND value = ?"})`,
      values: [metadataKey, ...value]
    })
  }
  return conditions
}
