import { useEffect, useRef } from "preact/hooks"
import { shownTheme } from "../app/theme.ts"
import { formatName } from "../format/names.ts"
import type { PlotLine } from "../pages/overview/view.ts"

interface Props {
  readonly label: string
  /** Unix seconds. */
  readonly times: ReadonlyArray<number>
  readonly lines: ReadonlyArray<PlotLine>
  readonly format: (value: number | undefined) => string
  /** The line near the pointer stands out: it is what a click is about. */
  readonly byLine: boolean
  /** A point was clicked: Unix milliseconds of its step and, with `byLine`, the line that is near. */
  readonly onPick: (at: number, line: string | undefined) => void
}

export const CHART_HEIGHT = 190

/** Lines over time, the last step of which is not over. The chart's code is fetched with the first one; its place is held from the beginning. */
export const Chart = ({ label, times, lines, format, byLine, onPick }: Props) => {
  const box = useRef<HTMLDivElement>(null)
  const pick = useRef(onPick)
  pick.current = onPick
  const latest = useRef({ times, lines })
  latest.current = { times, lines }
  const names = lines.map((line) => line.label).join("\n")
  const theme = shownTheme.value
  const draw = useRef<((data: Pick<Props, "times" | "lines">) => void) | undefined>(undefined)

  useEffect(() => {
    const element = box.current
    if (element === null) return
    let destroy: (() => void) | undefined
    let gone = false
    import("./drawChart.ts").then(
      ({ drawChart }) => {
        if (gone) return
        const chart = drawChart(element, latest.current, {
          height: CHART_HEIGHT,
          format,
          byLine,
          onPick: (at, line) => pick.current(at, line)
        })
        draw.current = chart.update
        destroy = chart.destroy
      },
      () => undefined
    )
    return () => {
      gone = true
      draw.current = undefined
      destroy?.()
    }
  }, [names, theme, byLine])

  useEffect(() => draw.current?.({ times, lines }), [times, lines])

  return <div class="chart" ref={box} role="img" aria-label={summary(label, lines, format)} />
}

/** For who does not see it: the newest value of each line that will not change any more. */
const summary = (label: string, lines: ReadonlyArray<PlotLine>, format: Props["format"]): string =>
  `${label}. Newest: ${lines.map((line) => `${formatName(line.label)} ${format(newest(line))}`).join(", ")}`

const newest = ({ values }: PlotLine): number | undefined =>
  values.slice(0, -1).findLast((value) => value !== null) ?? undefined
