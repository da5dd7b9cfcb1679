import type { TraceSummary } from "../../../services/store/TraceSummary.ts"

/** A summary's columns. */
export const COLUMNS = [
  "traceId",
  "spanId",
  "requestId",
  "start",
  "durationMs",
  "timeToFirstTokenMs",
  "revision",
  "result",
  "status",
  "errorType",
  "errorMessage",
  "route",
  "streaming",
  "requestedModel",
  "model",
  "provider",
  "subject",
  "teams",
  "conversationId",
  "metadata",
  "finishReasons",
  "inputTokens",
  "outputTokens",
  "cachedInputTokens",
  "cost",
  "attempts",
  "fallback",
  "inputPreview"
] as const satisfies ReadonlyArray<keyof TraceSummary>

type Json = "teams" | "metadata" | "finishReasons"
type Flag = "streaming" | "fallback"

type Stored<K extends keyof TraceSummary> = K extends Json
  ? string
  : K extends Flag
    ? number
    : undefined extends TraceSummary[K]
      ? Exclude<TraceSummary[K], undefined> | null
      : TraceSummary[K]

/** A summary as SQLite has it. */
export type TraceRow = { readonly id: number } & { readonly [K in keyof TraceSummary]-?: Stored<K> }

export const valuesOf = (summary: TraceSummary): ReadonlyArray<string | number | null> =>
  COLUMNS.map((column) => {
    const value = summary[column]
    if (value === undefined) return null
    if (typeof value === "boolean") return value ? 1 : 0
    return typeof value === "object" ? JSON.stringify(value) : value
  })

export const summaryOf = ({ id: _, fallback, finishReasons, metadata, streaming, teams, ...rest }: TraceRow) =>
  ({
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)),
    teams: JSON.parse(teams),
    metadata: JSON.parse(metadata),
    finishReasons: JSON.parse(finishReasons),
    streaming: streaming === 1,
    fallback: fallback === 1
    // What `valuesOf` wrote, and no other, is in these columns.
  }) as TraceSummary
