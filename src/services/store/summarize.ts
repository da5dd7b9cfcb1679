import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import { isJsonObject } from "../provider/Api.ts"
import type { AttributeName } from "../trace/attributes.ts"
import type { Reading } from "../trace/spans/reading.ts"
import type { TraceHeader } from "../trace/TraceEvent.ts"
import type { TraceResult, TraceSummary } from "./TraceSummary.ts"

/** Longer values cannot be asked for. */
const LABEL = 256
const MESSAGE = 1000
const PREVIEW = 200

/**
 * The row of a request. What its bodies say is taken from the spans that it expanded to, and from what they were made
 * of; the facts of the answer stand on the last attempt.
 */
export const summarize = (
  header: TraceHeader,
  spans: ReadonlyArray<ReadableSpan>,
  { requestContent }: Reading
): TraceSummary => {
  const [root] = spans
  const last = header.attempts.at(-1)
  const attempt = last === undefined ? undefined : spans.at(header.stream === undefined ? -1 : -2)
  const stream = header.stream === undefined ? undefined : spans.at(-1)
  const result = resultOf(header, [root, attempt, stream])
  const summary: { -readonly [K in keyof TraceSummary]: TraceSummary[K] } = {
    traceId: header.traceId,
    spanId: header.spanId,
    requestId: header.requestId,
    start: finite(header.wallBase + header.start),
    durationMs: milliseconds(header.end - header.start),
    revision: header.revision,
    result,
    streaming: header.streaming,
    teams: [...(header.teams ?? [])],
    metadata: metadataOf(header.metadata),
    finishReasons: texts(attempt, "gen_ai.response.finish_reasons"),
    attempts: header.attempts.length,
    fallback: last?.fallback ?? false
  }
  const set = <K extends keyof TraceSummary>(key: K, value: TraceSummary[K] | undefined): void => {
    if (value !== undefined) summary[key] = value
  }
  set("timeToFirstTokenMs", timeToFirstToken(header))
  set("status", header.status)
  if (result !== "ok") {
    set("errorType", label(header.errorType ?? text(attempt, "error.type") ?? text(stream, "error.type")))
    set("errorMessage", cut(header.errorMessage ?? last?.errorMessage, MESSAGE))
  }
  set("route", header.route)
  set("requestedModel", label(text(root, "gen_ai.request.model")))
  set("model", label(last?.target))
  set("provider", label(last?.providerName))
  set("subject", label(header.subject))
  set("conversationId", label(text(root, "gen_ai.conversation.id")))
  set("inputTokens", tokens(attempt, "gen_ai.usage.input_tokens"))
  set("outputTokens", tokens(attempt, "gen_ai.usage.output_tokens"))
  set("cachedInputTokens", tokens(attempt, "gen_ai.usage.cache_read.input_tokens"))
  set("cost", amount(attempt, "tfy.model.metric.cost_in_usd"))
  set("inputPreview", cut(requestContent.lastUserText, PREVIEW))
  return summary
}

const ERROR = 2

/** What the client saw decides, not the attempts before the last. */
const resultOf = ({ outcome, status }: TraceHeader, seen: ReadonlyArray<ReadableSpan | undefined>): TraceResult => {
  if (outcome === "client_disconnected") return "cancelled"
  if (outcome !== "completed" || status === undefined || status >= 400) return "error"
  return seen.some((span) => span?.status.code === ERROR) ? "error" : "ok"
}

const timeToFirstToken = ({ attempts, start, stream, streaming }: TraceHeader): number | undefined => {
  const attempt = attempts.at(-1)
  const first = attempt?.firstToken ?? stream?.start ?? (streaming ? attempt?.firstByte : undefined)
  return first === undefined ? undefined : milliseconds(first - start)
}

const metadataOf = (json: string | undefined): Record<string, string> => {
  if (json === undefined) return {}
  try {
    const metadata: unknown = JSON.parse(json)
    if (!isJsonObject(metadata)) return {}
    return Object.fromEntries(
      Object.entries(metadata).flatMap(([key, value]) =>
        typeof value === "string" ? [[key.toWellFormed(), value.toWellFormed()]] : []
      )
    )
  } catch {
    return {}
  }
}

const text = (span: ReadableSpan | undefined, name: AttributeName): string | undefined => {
  const value = span?.attributes[name]
  return typeof value === "string" ? value : undefined
}

const texts = (span: ReadableSpan | undefined, name: AttributeName): Array<string> => {
  const value = span?.attributes[name]
  return Array.isArray(value) ? value.flatMap((each) => (typeof each === "string" ? [each.toWellFormed()] : [])) : []
}

const amount = (span: ReadableSpan | undefined, name: AttributeName): number | undefined => {
  const value = span?.attributes[name]
  return typeof value === "number" && Number.isFinite(value) ? value : undefined
}

const tokens = (span: ReadableSpan | undefined, name: AttributeName): number | undefined => {
  const value = amount(span, name)
  return value === undefined || value < 0 ? undefined : Math.min(Math.trunc(value), MOST_TOKENS)
}

/** Sums of absurd counts must stay whole numbers. */
const MOST_TOKENS = 2 ** 31 - 1

const finite = (value: number): number => (Number.isFinite(value) ? value : 0)

/** Not negative, and without the digits that only a subtraction put there. */
const milliseconds = (value: number): number => Math.max(0, Math.round(finite(value) * 1e6) / 1e6)

const label = (value: string | undefined): string | undefined => cut(value, LABEL)

/** The first so many UTF-16 units, well-formed; nothing of an empty text. */
const cut = (value: string | undefined, length: number): string | undefined => {
  if (value === undefined || value === "") return undefined
  const last = value.charCodeAt(length - 1)
  return value.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length).toWellFormed()
}
