import type { StoredSpan, StoredTrace, TraceSummary } from "../../services/store/TraceSummary.ts"
import { attributes } from "../../services/trace/attributes.ts"
import { counted, cut, preciseTimeOf, printable } from "./tables.ts"

const ATTRIBUTE_WIDTH = 80
const PREVIEW_WIDTH = 60

const milliseconds = (ms: number): string => `${ms.toFixed(1)} ms`

const tokensOf = ({ inputTokens, outputTokens }: TraceSummary): string =>
  inputTokens === undefined && outputTokens === undefined ? "" : `${inputTokens ?? "?"}+${outputTokens ?? "?"} tokens`

const dollars = (cost: number | undefined): string => (cost === undefined ? "" : `$${Number(cost.toPrecision(3))}`)

const modelOf = ({ model, requestedModel }: TraceSummary): string => model ?? requestedModel ?? "no model"

/** A trace at a glance, in one line. */
export const summaryLine = (trace: TraceSummary): string =>
  [
    preciseTimeOf(trace.start),
    trace.traceId,
    trace.result.padEnd(9),
    String(trace.status ?? "-").padStart(3),
    milliseconds(trace.durationMs).padStart(11),
    printable(modelOf(trace)),
    printable(trace.subject ?? "nobody"),
    tokensOf(trace),
    dollars(trace.cost),
    printable(trace.errorType ?? ""),
    trace.inputPreview === undefined ? "" : JSON.stringify(cut(printable(trace.inputPreview), PREVIEW_WIDTH))
  ]
    .filter((part) => part !== "")
    .join("  ")

/** One request for people: what became of it, and its spans as a timeline. */
export const traceText = ({ spans, summary }: StoredTrace): string => {
  const { cachedInputTokens, errorMessage, errorType, requestedModel, status, teams, timeToFirstTokenMs } = summary
  const facts: ReadonlyArray<readonly [string, string | undefined]> = [
    ["request", summary.requestId],
    ["started", `${preciseTimeOf(summary.start)}, took ${milliseconds(summary.durationMs)}`],
    ["result", `${summary.result}${status === undefined ? "" : `, status ${status}`}`],
    ["error", errorType === undefined ? undefined : [errorType, errorMessage].filter(Boolean).join(": ")],
    [
      "model",
      requestedModel === undefined || requestedModel === summary.model
        ? modelOf(summary)
        : `${requestedModel} → ${modelOf(summary)}`
    ],
    ["sends", `${summary.attempts}${summary.fallback ? ", with a fallback" : ""}`],
    ["caller", summary.subject === undefined ? undefined : [summary.subject, ...teams].join(", ")],
    ["first token", timeToFirstTokenMs === undefined ? undefined : `after ${milliseconds(timeToFirstTokenMs)}`],
    ["tokens", tokensOf(summary) + (cachedInputTokens === undefined ? "" : `, ${cachedInputTokens} of them cached`)],
    ["cost", dollars(summary.cost)],
    ["finish", summary.finishReasons.join(", ")],
    [
      "metadata",
      Object.entries(summary.metadata)
        .map(([key, value]) => `${key}=${value}`)
        .join(", ")
    ],
    ["revision", summary.revision]
  ]
  return [
    `Trace ${summary.traceId}`,
    ...facts.flatMap(([name, text]) =>
      text === undefined || text === "" ? [] : `  ${name.padEnd(13)}${printable(text)}`
    ),
    "",
    ...timeline(spans)
  ].join("\n")
}

/** Nanoseconds in digits do not fit a number, their differences do. */
const between = (from: string, to: string): number => Number(BigInt(to) - BigInt(from)) / 1e6

const timeline = (spans: ReadonlyArray<StoredSpan>): ReadonlyArray<string> => {
  const [root] = spans
  if (root === undefined) return []
  const known = new Set(spans.map(({ spanId }) => spanId))
  const children = Map.groupBy(spans, ({ parentSpanId, spanId }) =>
    // A root's parent is the caller's span, which is not ours.
    spanId !== root.spanId && parentSpanId !== undefined && known.has(parentSpanId) ? parentSpanId : ""
  )
  const lines = (span: StoredSpan, indent: string, branch: string): ReadonlyArray<string> => {
    const own = (children.get(span.spanId) ?? []).toSorted((a, b) => between(b.startTimeUnixNano, a.startTimeUnixNano))
    const below = `${indent}${branch === "" ? "" : branch === "└─ " ? "   " : "│  "}`
    const offset = between(root.startTimeUnixNano, span.startTimeUnixNano).toFixed(1)
    const took = between(span.startTimeUnixNano, span.endTimeUnixNano).toFixed(1)
    const rail = `${" ".repeat(22)}${below}${own.length > 0 ? "│  " : "   "}`
    return [
      `${offset.padStart(10)}${took.padStart(10)}  ${indent}${branch}${printable(span.name)}${statusOf(span)}`,
      ...attributeLines(span).map((line) => `${rail}${line}`.trimEnd()),
      ...own.flatMap((child, index) => lines(child, below, index === own.length - 1 ? "└─ " : "├─ "))
    ]
  }
  return [
    `${"AT ms".padStart(10)}${"FOR ms".padStart(10)}  ${counted(spans.length, "SPAN", "SPANS")}`,
    ...(children.get("") ?? []).flatMap((span) => lines(span, "", ""))
  ]
}

const statusOf = ({ status }: StoredSpan): string => {
  if (status.code !== "error") return ""
  return `  ✗ ${printable(status.message ?? "error")}`
}

/** The same on every span of a trace, or said above. */
const repeated: ReadonlySet<string> = new Set([
  "gateway.request.id",
  "gateway.config.revision",
  "tfy.request.metadata",
  "tfy.request.created_by_subject",
  "tfy.request.created_by_subject_teams",
  "tfy.request.conversation_id",
  "url.full",
  "url.scheme",
  "user_agent.original"
])

const isShown = (name: string): boolean =>
  !repeated.has(name) && !name.startsWith("tfy.model.metric.") && attributes.get(name)?.content === false

/** What stands in attributes that are no content, a few to a line. Content is for `--json`. */
const attributeLines = (span: StoredSpan): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const [name, value] of Object.entries(span.attributes)) {
    if (!isShown(name)) continue
    const text = cut(printable(`${name}=${Array.isArray(value) ? value.join(",") : value}`), ATTRIBUTE_WIDTH)
    const last = lines.at(-1)
    if (last !== undefined && last.length + text.length + 2 <= ATTRIBUTE_WIDTH)
      lines[lines.length - 1] = `${last}  ${text}`
    else lines.push(text)
  }
  return lines
}
