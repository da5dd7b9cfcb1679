import { useMemo } from "preact/hooks"
import type { GroupBy, Series } from "../../../services/store/TraceQuery.ts"
import { href } from "../../app/places.ts"
import { navigate } from "../../app/router.ts"
import { Chart } from "../../components/Chart.tsx"
import { formatCost, formatDuration, formatShort } from "../../format/numbers.ts"
import { pickedTraces } from "./pickedTraces.ts"
import { type Metric, toPlot } from "./view.ts"

interface Props {
  readonly series: Series
  readonly from: number
  readonly to: number
  readonly groupBy: GroupBy | undefined
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

/** Each point leads to its traces, and each chart to all of them. */
export const Charts = ({ series, from, to, groupBy }: Props) => (
  <div class="charts">
    {charts.map(({ metric, title, format }) => (
      <section key={metric} class="card chart-card" aria-label={title}>
        <div class="row">
          <h2>
            {title}
            {groupBy !== undefined && (metric === "latency" || metric === "ttft") && (
              <span class="muted small"> p95</span>
            )}
          </h2>
          <span class="spacer" />
          <a class="small" href={href("/traces", pickedTraces({ metric, from, to }))} aria-label={`Traces of ${title}`}>
            Traces
          </a>
        </div>
        <OneChart
          series={series}
          metric={metric}
          from={from}
          to={to}
          title={title}
          format={format}
          byLine={groupBy !== undefined}
          onPick={(at, line) =>
            navigate("/traces", pickedTraces({ metric, from: at, to: at + series.stepMs, groupBy, line }))
          }
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
  readonly byLine: boolean
  readonly onPick: (at: number, line: string | undefined) => void
}

const OneChart = ({ series, metric, from, to, title, ...chart }: OneProps) => {
  const plot = useMemo(() => toPlot(series, metric, from, to), [series, metric, from, to])
  return <Chart label={title} times={plot.times} lines={plot.lines} {...chart} />
}
