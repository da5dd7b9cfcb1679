import { searchTerms } from "../../services/store/searchTerms.ts"
import type { RollupFilter, TraceFilter } from "../../services/store/TraceQuery.ts"
import type { Parameters } from "./ClickHouseDatabase.ts"
import { minuteOf } from "./schema.ts"

export interface Condition {
  readonly sql: string
  readonly parameters: Parameters
}

type Value = string | number | ReadonlyArray<string> | undefined

/** Conditions that hold together: each stands for a value, and is left out where there is none. */
const all = (conditions: ReadonlyArray<readonly [name: string, sql: string, value: Value]>): Condition => {
  const said = conditions.flatMap(([name, sql, value]) => (value === undefined ? [] : [{ name, sql, value }]))
  return {
    sql: said.map(({ sql }) => ` AND ${sql}`).join(""),
    parameters: Object.fromEntries(said.map(({ name, value }) => [name, value]))
  }
}

/** Of rows of `traces`, as ` AND …`. */
export const traceCondition = (filter: TraceFilter): Condition => {
  const { from, metadataKey, metadataValue, text, to } = filter
  const terms = text === undefined ? [] : searchTerms(text)
  return all([
    // The minute is what rows are ordered by.
    ["fromMinute", "minute >= {fromMinute:UInt32}", from === undefined ? undefined : minuteOf(from)],
    ["from", "start >= {from:Float64}", from],
    ["toMinute", "minute <= {toMinute:UInt32}", to === undefined ? undefined : minuteOf(to)],
    ["to", "start < {to:Float64}", to],
    ["model", "model = {model:String}", filter.model],
    ["provider", "provider = {provider:String}", filter.provider],
    ["subject", "subject = {subject:String}", filter.subject],
    ["result", "result = {result:String}", filter.result],
    ["status", "status = {status:Int64}", filter.status],
    ["errorType", "error_type = {errorType:String}", filter.errorType],
    ["finishReason", "has(finish_reasons, {finishReason:String})", filter.finishReason],
    ["minTokens", "input_tokens + output_tokens >= {minTokens:Int64}", filter.minTokens],
    ["maxTokens", "input_tokens + output_tokens <= {maxTokens:Int64}", filter.maxTokens],
    ["minDuration", "duration_ms >= {minDuration:Float64}", filter.minDurationMs],
    ["metadataKey", "mapContains(metadata, {metadataKey:String})", metadataKey],
    [
      "metadataValue",
      metadataKey === undefined
        ? "has(mapValues(metadata), {metadataValue:String})"
        : "metadata[{metadataKey:String}] = {metadataValue:String}",
      metadataValue
    ],
    ["conversationId", "conversation_id = {conversationId:String}", filter.conversationId],
    ["terms", "hasAll(words, {terms:Array(String)})", terms.length === 0 ? undefined : terms]
  ])
}

/** Of rows of `traces` or `minute_rollups`, as ` AND …`. */
export const rollupCondition = ({ model, provider, result, subject }: RollupFilter): Condition =>
  all([
    ["model", "model = {model:String}", model],
    ["provider", "provider = {provider:String}", provider],
    ["subject", "subject = {subject:String}", subject],
    ["result", "result = {result:String}", result]
  ])
