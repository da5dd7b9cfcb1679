import * as Schema from "effect/Schema"
import { TraceResult, TraceSummary } from "./TraceSummary.ts"

/** Unix milliseconds. */
const Instant = Schema.Finite
const Text = Schema.String.check(Schema.isMaxLength(256, { message: "is longer than 256 characters" }))

/** Which traces. All that is said must hold. `from` is inclusive, `to` exclusive, both of the request's start. */
export const TraceFilter = Schema.Struct({
  from: Schema.optionalKey(Instant),
  to: Schema.optionalKey(Instant),
  /** `account/model`. */
  model: Schema.optionalKey(Text),
  provider: Schema.optionalKey(Text),
  subject: Schema.optionalKey(Text),
  result: Schema.optionalKey(TraceResult),
  status: Schema.optionalKey(Schema.Int),
  errorType: Schema.optionalKey(Text),
  finishReason: Schema.optionalKey(Text),
  /** Input and output together. */
  minTokens: Schema.optionalKey(Schema.Int),
  maxTokens: Schema.optionalKey(Schema.Int),
  minDurationMs: Schema.optionalKey(Schema.Finite),
  /** A key of `x-tfy-metadata`, alone or with its value. */
  metadataKey: Schema.optionalKey(Text),
  metadataValue: Schema.optionalKey(Text),
  conversationId: Schema.optionalKey(Text),
  /** Words, all of which stand somewhere in the captured content, case aside. */
  text: Schema.optionalKey(Text)
})
export type TraceFilter = typeof TraceFilter.Type

/** One page, newest first. */
export interface TracePageRequest {
  readonly filter: TraceFilter
  /** From the page before. One that is not ours is taken as absent by nobody: `InvalidCursor`. */
  readonly cursor?: string
  /** 1 to 500. */
  readonly limit: number
}

export const TracePage = Schema.Struct({
  traces: Schema.Array(TraceSummary),
  /** Absent on the last page. */
  next: Schema.optionalKey(Schema.String),
  /** A search over text gave up after its share of work: there may be more before `next`. */
  partial: Schema.Boolean
})
export type TracePage = typeof TracePage.Type

export class InvalidCursor extends Schema.TaggedError<InvalidCursor>()("InvalidCursor", {}) {
  override get message(): string {
    return "cursor is not one that a page of traces gave"
  }
}

export const GroupBy = Schema.Literals(["model", "provider", "subject", "result"])
export type GroupBy = typeof GroupBy.Type

/** What rollups can be cut by. */
export const RollupFilter = Schema.Struct({
  model: Schema.optionalKey(Text),
  provider: Schema.optionalKey(Text),
  subject: Schema.optionalKey(Text),
  result: Schema.optionalKey(TraceResult)
})
export type RollupFilter = typeof RollupFilter.Type

export interface SeriesRequest {
  /** Unix milliseconds, rounded down to the step. */
  readonly from: number
  /** Exclusive. */
  readonly to: number
  /** A whole number of minutes, at least one. */
  readonly stepMs: number
  readonly filter: RollupFilter
  /** Absent: one line for all. With it the ten groups with the most requests, the rest as `other`. */
  readonly groupBy?: GroupBy
}

/** Milliseconds; absent when nothing was measured. Within 2 % of the exact percentile. */
const Percentiles = Schema.Struct({
  p50: Schema.optionalKey(Schema.Finite),
  p95: Schema.optionalKey(Schema.Finite),
  p99: Schema.optionalKey(Schema.Finite)
})

export const Measures = Schema.Struct({
  requests: Schema.Int,
  /** Of them, those with `result: error`. */
  errors: Schema.Int,
  inputTokens: Schema.Int,
  outputTokens: Schema.Int,
  /** US dollars. */
  cost: Schema.Finite,
  latency: Percentiles,
  timeToFirstToken: Percentiles
})
export type Measures = typeof Measures.Type

export const Series = Schema.Struct({
  stepMs: Schema.Int,
  /** One for each group, by requests; each has a point for every step that saw a request, in order. */
  lines: Schema.Array(
    Schema.Struct({
      /** Empty without `groupBy`. */
      group: Schema.String,
      total: Measures,
      points: Schema.Array(Schema.Struct({ at: Schema.Finite, ...Measures.fields }))
    })
  )
})
export type Series = typeof Series.Type

export interface TopRequest {
  readonly from: number
  readonly to: number
  readonly filter: RollupFilter
  readonly groupBy: GroupBy
  readonly orderBy: "requests" | "errors" | "tokens" | "cost"
  /** 1 to 100. */
  readonly limit: number
}

export const TopRow = Schema.Struct({ group: Schema.String, ...Measures.fields })
export type TopRow = typeof TopRow.Type
