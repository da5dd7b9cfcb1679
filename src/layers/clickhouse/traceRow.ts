import { searchableContent } from "../../services/store/searchTerms.ts"
import type { StoredTrace, TraceSummary } from "../../services/store/TraceSummary.ts"
import { minuteOf } from "./schema.ts"
import { wordsOf } from "./words.ts"

/** A trace as a row of `traces`. What is absent is empty or zero there, and absent again in the JSON. */
export const rowOf = ({ spans, summary }: StoredTrace) => ({
  minute: minuteOf(summary.start),
  start: summary.start,
  trace_id: summary.traceId,
  span_id: summary.spanId,
  duration_ms: summary.durationMs,
  first_token_ms: summary.timeToFirstTokenMs ?? null,
  result: summary.result,
  status: summary.status ?? 0,
  error_type: text(summary.errorType),
  model: text(summary.model),
  provider: text(summary.provider),
  subject: text(summary.subject),
  conversation_id: text(summary.conversationId),
  metadata: Object.fromEntries(Object.entries(summary.metadata).map(([key, value]) => [text(key), text(value)])),
  finish_reasons: summary.finishReasons.map(text),
  input_tokens: summary.inputTokens ?? 0,
  output_tokens: summary.outputTokens ?? 0,
  cost: summary.cost ?? 0,
  words: wordsOf(searchableContent(spans)),
  summary: JSON.stringify(summary),
  spans: JSON.stringify(spans)
})

// Written by `rowOf`.
export type TraceRow = ReturnType<typeof rowOf>

export const summaryOf = (row: { readonly summary: string }): TraceSummary => JSON.parse(row.summary)

export const traceOf = (row: { readonly summary: string; readonly spans: string }): StoredTrace => ({
  summary: summaryOf(row),
  spans: JSON.parse(row.spans)
})

// Half a surrogate pair, which a body may hold, is no text to ClickHouse.
const text = (value: string | undefined): string => value?.toWellFormed() ?? ""
