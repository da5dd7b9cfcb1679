import "uplot/dist/uPlot.min.css"
import "./chart.css"
import UPlot from "uplot"
import { formatName } from "../format/names.ts"
import { formatDay, formatHour, formatMinute, ZONE } from "../format/times.ts"
import type { PlotLine } from "../pages/overview/view.ts"
import { drawUnfinished, LINE_WIDTH, wholeSteps } from "./unfinishedStep.ts"

interface Data {
  readonly times: ReadonlyArray<number>
  readonly lines: ReadonlyArray<PlotLine>
}

const DAY_MS = 86_400_000

const colours = ["--accent", "--violet", "--info", "--warn", "--bad", "--ok", "--line-strong"]

const variable = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

const aligned = ({ times, lines }: Data): UPlot.AlignedData => [
  [...times],
  ...lines.map((line): Array<number | null> => [...line.values])
]

/** Where a value has none beside it, which no line would show. */
const alone = (values: ArrayLike<number | null | undefined>): Array<number> =>
  Array.from(values).flatMap((value, index, all) =>
    value != null && all[index - 1] == null && all[index + 1] == null ? [index] : []
  )

const points: UPlot.Series.Points = {
  size: 5,
  show: true,
  filter: (chart, line) => alone(chart.data[line] ?? [])
}

/** Of a day at most the hours, of more the days: whatever is shown now. */
const timeLabel = (chart: UPlot): ((ms: number) => string) => {
  const times = chart.data[0]
  return ((times.at(-1) ?? 0) - (times[0] ?? 0)) * 1000 > DAY_MS ? formatDay : formatHour
}

interface Options {
  /** Of the drawing, in pixels. */
  readonly height: number
  readonly format: (value: number | undefined) => string
  readonly byLine: boolean
  readonly onPick: (at: number, line: string | undefined) => void
}

/** Draws into an element, and follows its width. The last step is taken to be still filling. */
export const drawChart = (element: HTMLElement, data: Data, { height, format, byLine, onPick }: Options) => {
  let near: string | undefined
  const muted = variable("--muted")
  const line = variable("--line")
  const axis = { stroke: muted, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: "12px system-ui" }
  const value = (_chart: UPlot, raw: number | null) => (raw === null ? "" : format(raw))
  const strokes = data.lines.map((_, index) => variable(colours[index % colours.length] ?? "--accent"))
  const time = (drawn: UPlot, raw: number | null) =>
    raw === null ? "" : `${formatMinute(raw * 1000)}${raw === drawn.data[0].at(-1) ? ", so far" : ""}`
  const chart = new UPlot(
    {
      width: Math.max(200, element.clientWidth),
      height,
      padding: [8, 24, 0, 0],
      tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1000), ZONE),
      cursor: {
        sync: { key: "overview" },
        drag: { x: false, y: false },
        points: { size: 7 },
        focus: { prox: byLine ? 24 : -1 }
      },
      focus: { alpha: 0.35 },
      legend: { live: true },
      hooks: {
        setSeries: [
          (_chart, index, options) => {
            if ("focus" in options) near = index === null ? undefined : data.lines[index - 1]?.label
          }
        ],
        drawSeries: [(drawn, line) => drawUnfinished(drawn, line, strokes[line - 1] ?? muted)],
        // Without a cursor there are no values for the legend to show.
        setLegend: [(drawn) => drawn.root.classList.toggle("pointed", typeof drawn.legend.idx === "number")]
      },
      scales: { y: { range: (_chart, _min, max) => [0, max === null || max <= 0 ? 1 : max * 1.1] } },
      axes: [
        { ...axis, size: 30, values: (drawn, splits) => splits.map((split) => timeLabel(drawn)(split * 1000)) },
        { ...axis, size: 66, values: (_chart, splits) => splits.map((split) => format(split)) }
      ],
      series: [
        { label: "Time", value: time },
        ...data.lines.map((plotLine, index) => ({
          label: formatName(plotLine.label),
          stroke: strokes[index] ?? muted,
          width: LINE_WIDTH,
          paths: wholeSteps,
          points,
          value
        }))
      ]
    },
    aligned(data),
    element
  )
  const click = () => {
    const index = chart.cursor.idx
    const at = index === null || index === undefined ? undefined : chart.data[0][index]
    if (at !== undefined) onPick(at * 1000, near)
  }
  chart.over.addEventListener("click", click)
  const observer = new ResizeObserver(() => {
    if (element.clientWidth > 0) chart.setSize({ width: element.clientWidth, height })
  })
  observer.observe(element)
  return {
    update: (next: Data) => chart.setData(aligned(next)),
    destroy: () => {
      observer.disconnect()
      chart.destroy()
    }
  }
}
