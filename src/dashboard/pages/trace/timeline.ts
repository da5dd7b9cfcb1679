import type { StoredSpan } from "../../../services/store/TraceSummary.ts"

/** The five stages of a request, as the gateway names their spans. */
export type Stage = "inbound" | "authenticate" | "resolve" | "attempt" | "stream"

export const stageNames: Readonly<Record<Stage, string>> = {
  inbound: "1 Inbound request",
  authenticate: "2 Authenticate",
  resolve: "3 Resolve model",
  attempt: "4 Provider attempt",
  stream: "5 Stream answer"
}

export interface TimelineRow {
  readonly span: StoredSpan
  readonly stage: Stage
  /** Of its parents in this trace. */
  readonly depth: number
  /** From the first span's start. */
  readonly startMs: number
  readonly durationMs: number
  /** Of the first byte of an attempt's answer, from the first span's start; an error's first byte is no token. */
  readonly firstTokenMs: number | undefined
  /** What to say beside the name: `retry 1`, `fallback`. */
  readonly notes: ReadonlyArray<string>
}

export interface Timeline {
  readonly rows: ReadonlyArray<TimelineRow>
  readonly totalMs: number
}

/** Parents before their children, siblings by time. A span whose parent is not here stands at the top. */
export const layOut = (spans: ReadonlyArray<StoredSpan>): Timeline => {
  const ids = new Set(spans.map(({ spanId }) => spanId))
  const starts = new Map(spans.map((span) => [span.spanId, BigInt(span.startTimeUnixNano)]))
  const startOf = (span: StoredSpan) => starts.get(span.spanId) ?? 0n
  const first = spans.reduce((least, span) => (startOf(span) < least ? startOf(span) : least), startOf0(spans, startOf))
  const ordered = [...spans].sort((a, b) => (startOf(a) < startOf(b) ? -1 : startOf(a) > startOf(b) ? 1 : 0))
  const rows: Array<TimelineRow> = []
  const done = new Set<string>()

  const visit = (span: StoredSpan, depth: number): void => {
    // Spans that claim to be each other's parent end here.
    if (done.has(span.spanId)) return
    done.add(span.spanId)
    const startMs = toMs(startOf(span) - first)
    const firstChunk = span.attributes["gen_ai.response.time_to_first_chunk"]
    const stage = stageOf(span)
    const refused = Number(span.attributes["http.response.status_code"] ?? 0) >= 400
    rows.push({
      span,
      stage,
      depth,
      startMs,
      durationMs: toMs(BigInt(span.endTimeUnixNano) - startOf(span)),
      firstTokenMs:
        stage === "attempt" && !refused && typeof firstChunk === "number" ? startMs + firstChunk * 1000 : undefined,
      notes: notesOf(span)
    })
    for (const child of ordered) if (child.parentSpanId === span.spanId) visit(child, depth + 1)
  }

  for (const span of ordered) if (span.parentSpanId === undefined || !ids.has(span.parentSpanId)) visit(span, 0)
  for (const span of ordered) visit(span, 0)
  return { rows, totalMs: rows.reduce((most, row) => Math.max(most, row.startMs + row.durationMs), 0) }
}

/** Round steps, about five, from 0 to the end. */
export const ticks = (totalMs: number): ReadonlyArray<number> => {
  if (totalMs <= 0) return [0]
  const rough = totalMs / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power
  return Array.from({ length: Math.floor(totalMs / step) + 1 }, (_, index) => index * step)
}

const startOf0 = (spans: ReadonlyArray<StoredSpan>, startOf: (span: StoredSpan) => bigint): bigint =>
  spans[0] === undefined ? 0n : startOf(spans[0])

/** Nanoseconds, which may be more than a double holds, to milliseconds. */
const toMs = (nanoseconds: bigint): number => Number(nanoseconds) / 1e6

export const stageOf = (span: StoredSpan): Stage => {
  if (span.name === "authenticate") return "authenticate"
  if (span.name === "resolve_model") return "resolve"
  if (span.name === "stream_response") return "stream"
  return span.kind === "client" ? "attempt" : "inbound"
}

const notesOf = ({ attributes }: StoredSpan): ReadonlyArray<string> => {
  const resend = attributes["http.request.resend_count"]
  return [
    ...(typeof resend === "number" && resend > 0 ? [`retry ${resend}`] : []),
    ...(attributes["gateway.fallback"] === true ? ["fallback"] : []),
    ...(attributes["gateway.client_disconnected"] === true ? ["client left"] : [])
  ]
}
