import { useMemo } from "preact/hooks"
import type { Series } from "../../../services/store/TraceQuery.ts"
import { Chart } from "../../components/Chart.tsx"
import { formatCost, formatDuration, formatShort } from "../../format/numbers.ts"
import { type Metric, toPlot } from "./view.ts"

interface Props {
  readonly series: Series
  readonly from: number
  readonly to: number
  readonly grouped: boolean
  readonly onPick: (at: number, metric: Metric) => void
}

const percent = (value: number | undefined) => (value === undefined ? "–" : `${Number(value.toPrecision(3))} %`)

const charts: ReadonlyArray<{ metric: Metric; title: string; format: (value: number | undefined) => string }> = [
  { metric: "requests", title: "Requests", format: formatShort },
  { metric: "errors", title: "Error rate", format: percent },
  { metric: "latency", title: "Latency", format: formatDuration },
  { metric: "ttft", title: "Time to first token", format: formatDuration },
  { metric: "tokens", title: "Tokens", format: formatShort },
  { metric: "cost", title: "Cost", format: formatCost }
]

export const Charts = ({ series, from, to, grouped, onPick }: Props) => (
  <div class="charts">
    {charts.map(({ metric, title, format }) => (
      <section key={metric} class="card chart-card" aria-label={title}>
        <h2>
          {title}
          {grouped && (metric === "latency" || metric === "ttft") && <span class="muted small"> p95</span>}
        </h2>
        <OneChart
          series={series}
          metric={metric}
          from={from}
          to={to}
          title={title}
          format={format}
          onPick={(at) => onPick(at, metric)}
        />
      </section>
    ))}
  </div>
)

interface OneProps {
  readonly series: Series
  readonly metric: Metric
  readonly from: number
  readonly to: number
  readonly title: string
  readonly format: (value: number | undefined) => string
  readonly onPick: (at: number) => void
}

const OneChart = ({ series, metric, from, to, title, format, onPick }: OneProps) => {
  const plot = useMemo(() => toPlot(series, metric, from, to), [series, metric, from, to])
  return <Chart label={title} times={plot.times} lines={plot.lines} format={format} onPick={onPick} />
}
