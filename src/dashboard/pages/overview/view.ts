import type { Series } from "../../../services/store/TraceQuery.ts"

export type Metric = "requests" | "errors" | "latency" | "ttft" | "tokens" | "cost"

export const overviewRanges = [
  { value: "15m", label: "15 min", ms: 900_000, stepMs: 60_000 },
  { value: "1h", label: "1 h", ms: 3_600_000, stepMs: 60_000 },
  { value: "6h", label: "6 h", ms: 21_600_000, stepMs: 300_000 },
  { value: "24h", label: "24 h", ms: 86_400_000, stepMs: 900_000 },
  { value: "7d", label: "7 d", ms: 604_800_000, stepMs: 7_200_000 },
  { value: "30d", label: "30 d", ms: 2_592_000_000, stepMs: 28_800_000 }
] as const

export type OverviewRange = (typeof overviewRanges)[number]

export const rangeOf = (value: string | null): OverviewRange =>
  overviewRanges.find((range) => range.value === value) ?? overviewRanges[1]

/** A long range changes slowly, and costs its store the more: a sixtieth of its step, from five seconds to a minute. */
export const pollMsOf = ({ stepMs }: OverviewRange): number => Math.min(60_000, Math.max(5000, stepMs / 60))

/** The whole steps that a range covers now: its last one is still filling. */
export const windowOf = (
  { ms, stepMs }: OverviewRange,
  now: number
): { readonly from: number; readonly to: number } => {
  const to = Math.floor(now / stepMs) * stepMs + stepMs
  return { from: to - ms, to }
}

export interface PlotLine {
  readonly label: string
  readonly values: ReadonlyArray<number | null>
}

export interface Plot {
  /** Unix seconds, as the chart wants them. */
  readonly times: ReadonlyArray<number>
  readonly lines: ReadonlyArray<PlotLine>
}

type Point = Series["lines"][number]["points"][number]

const read: Readonly<Record<Metric, ReadonlyArray<readonly [string, (point: Point) => number | undefined]>>> = {
  requests: [["requests", (point) => point.requests]],
  errors: [["error rate", (point) => (point.requests === 0 ? undefined : (point.errors / point.requests) * 100)]],
  latency: [
    ["p50", (point) => point.latency.p50],
    ["p95", (point) => point.latency.p95],
    ["p99", (point) => point.latency.p99]
  ],
  ttft: [
    ["p50", (point) => point.timeToFirstToken.p50],
    ["p95", (point) => point.timeToFirstToken.p95],
    ["p99", (point) => point.timeToFirstToken.p99]
  ],
  tokens: [
    ["input", (point) => point.inputTokens],
    ["output", (point) => point.outputTokens]
  ],
  cost: [["cost", (point) => point.cost]]
}

const grouped: Readonly<Record<Metric, (point: Point) => number | undefined>> = {
  requests: (point) => point.requests,
  errors: (point) => (point.requests === 0 ? undefined : (point.errors / point.requests) * 100),
  latency: (point) => point.latency.p95,
  ttft: (point) => point.timeToFirstToken.p95,
  tokens: (point) => point.inputTokens + point.outputTokens,
  cost: (point) => point.cost
}

/** The label of the line of requests that belong to no group. */
export const NO_GROUP = "(none)"

/** By name, so that a line keeps its colour while the order by requests changes. */
const byLabel = (a: PlotLine, b: PlotLine): number =>
  Number(a.label === NO_GROUP) - Number(b.label === NO_GROUP) || (a.label < b.label ? -1 : 1)

/** What adds up is 0 where nothing came; a rate or a percentile of nothing is a gap. */
const sums: ReadonlySet<Metric> = new Set<Metric>(["requests", "tokens", "cost"])

/** A chart's numbers: every step of the window has a place. Of groups one line each; percentiles are then p95. */
export const toPlot = (series: Series, metric: Metric, from: number, to: number): Plot => {
  const steps = Math.max(0, Math.ceil((to - from) / series.stepMs))
  const starts = Array.from({ length: steps }, (_, index) => from + index * series.stepMs)
  const only = series.lines.length <= 1 && (series.lines[0]?.group ?? "") === ""
  const nothing = sums.has(metric) ? 0 : null
  const fill = (points: ReadonlyArray<Point>, value: (point: Point) => number | undefined) => {
    const byTime = new Map(points.map((point) => [point.at, point]))
    return starts.map((at) => {
      const point = byTime.get(at)
      return point === undefined ? nothing : (value(point) ?? nothing)
    })
  }
  const lines = only
    ? read[metric].map(([label, value]) => ({ label, values: fill(series.lines[0]?.points ?? [], value) }))
    : series.lines
        .map((line) => ({
          label: line.group === "" ? NO_GROUP : line.group,
          values: fill(line.points, grouped[metric])
        }))
        .sort(byLabel)
  return { times: starts.map((at) => at / 1000), lines }
}
