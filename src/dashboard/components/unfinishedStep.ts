import UPlot from "uplot"

const linear = UPlot.paths.linear?.()

/** A line without its last segment, which leads to a step that is not over: `drawUnfinished` draws it. */
export const wholeSteps: UPlot.Series.PathBuilder = (chart, line, from, to) => {
  const values = chart.data[line] ?? []
  let end = Math.min(to, values.length - 2)
  while (end >= from && values[end] == null) end--
  return end < from ? null : (linear?.(chart, line, from, end) ?? null)
}

/** The segment to the step that is still filling, dashed: its sum is not what it will be, and a dip there is none. */
export const drawUnfinished = (chart: UPlot, line: number, colour: string): void => {
  const values = chart.data[line] ?? []
  const last = values.length - 1
  const [before, now] = [values[last - 1], values[last]]
  const [start, end] = [chart.data[0][last - 1], chart.data[0][last]]
  if (before == null || now == null || start === undefined || end === undefined) return
  const { ctx, series } = chart
  ctx.save()
  ctx.globalAlpha = series[line]?.alpha ?? 1
  ctx.strokeStyle = colour
  ctx.lineWidth = LINE_WIDTH * UPlot.pxRatio
  ctx.setLineDash([3 * UPlot.pxRatio, 3 * UPlot.pxRatio])
  ctx.beginPath()
  ctx.moveTo(chart.valToPos(start, "x", true), chart.valToPos(before, "y", true))
  ctx.lineTo(chart.valToPos(end, "x", true), chart.valToPos(now, "y", true))
  ctx.stroke()
  ctx.restore()
}

export const LINE_WIDTH = 1.75
