import type { ComponentChildren } from "preact"
import type { TraceSummary } from "../../../services/store/TraceSummary.ts"
import { Name } from "../../components/Name.tsx"
import { formatCost, formatCount, formatDuration, NONE } from "../../format/numbers.ts"
import { formatMoment, ZONE } from "../../format/times.ts"
import { ResultChip } from "./ResultChip.tsx"

export interface Column {
  readonly id: string
  readonly label: string
  /** As CSS grid says it. */
  readonly width: string
  /** Of it, in pixels, at the least. */
  readonly minimum: number
  readonly end?: boolean
  readonly cell: (trace: TraceSummary) => ComponentChildren
}

const name = (
  id: string,
  label: string,
  minimum: number,
  value: (trace: TraceSummary) => string | undefined
): Column => ({
  id,
  label,
  width: `minmax(${minimum}px, 1fr)`,
  minimum,
  cell: (trace) => {
    const chosen = value(trace)
    return chosen === undefined ? NONE : <Name>{chosen}</Name>
  }
})

const figure = (id: string, label: string, minimum: number, value: (trace: TraceSummary) => string): Column => ({
  id,
  label,
  width: `${minimum}px`,
  minimum,
  end: true,
  cell: (trace) => <span class="number">{value(trace)}</span>
})

/** Every column there is. The first is always shown: it holds the link. */
export const columns: ReadonlyArray<Column> = [
  {
    id: "time",
    label: `Time (${ZONE})`,
    width: "166px",
    minimum: 166,
    cell: (trace) => <span class="number">{formatMoment(trace.start)}</span>
  },
  {
    id: "result",
    label: "Result",
    width: "88px",
    minimum: 88,
    cell: (trace) => <ResultChip trace={trace} />
  },
  name("model", "Model", 150, (trace) => trace.model ?? trace.requestedModel),
  {
    id: "input",
    label: "Input",
    width: "minmax(160px, 2fr)",
    minimum: 160,
    cell: (trace) => trace.inputPreview ?? NONE
  },
  name("subject", "Subject", 100, (trace) => trace.subject),
  figure("duration", "Duration", 76, (trace) => formatDuration(trace.durationMs)),
  figure("ttft", "First token", 80, (trace) => formatDuration(trace.timeToFirstTokenMs)),
  figure("input-tokens", "Tokens in", 84, (trace) => formatCount(trace.inputTokens)),
  figure("output-tokens", "Tokens out", 80, (trace) => formatCount(trace.outputTokens)),
  figure("cost", "Cost", 84, (trace) => formatCost(trace.cost)),
  figure("attempts", "Attempts", 80, (trace) => `${trace.attempts}${trace.fallback ? " ↪" : ""}`),
  name("provider", "Provider", 110, (trace) => trace.provider),
  name("requested-model", "Asked for", 150, (trace) => trace.requestedModel),
  name("finish", "Finish", 100, (trace) => trace.finishReasons.join(", ") || undefined),
  name("error", "Error", 140, (trace) => trace.errorType),
  name("conversation", "Conversation", 130, (trace) => trace.conversationId),
  name("metadata", "Metadata", 160, (trace) =>
    Object.entries(trace.metadata)
      .map(([key, value]) => `${key}=${value}`)
      .join(" ")
  ),
  name("route", "Route", 160, (trace) => trace.route),
  name("trace-id", "Trace id", 290, (trace) => trace.traceId)
]

const usual = ["time", "result", "model", "input", "subject", "duration", "ttft", "output-tokens", "cost"]

const KEY = "spangate.columns"

export const readColumns = (): ReadonlyArray<string> => {
  const saved = localStorage.getItem(KEY)?.split(",") ?? usual
  const known = columns.map(({ id }) => id).filter((id) => id === "time" || saved.includes(id))
  return known.length > 1 ? known : usual
}

export const saveColumns = (ids: ReadonlyArray<string>): void => localStorage.setItem(KEY, ids.join(","))
