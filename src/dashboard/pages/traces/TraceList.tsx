import { useSignal } from "@preact/signals"
import { useEffect } from "preact/hooks"
import type { TraceSummary } from "../../../services/store/TraceSummary.ts"
import { narrow } from "../../app/narrow.ts"
import { href } from "../../app/places.ts"
import { VirtualList } from "../../components/VirtualList.tsx"
import { formatDuration } from "../../format/numbers.ts"
import { formatMoment } from "../../format/times.ts"
import { type Column, columns } from "./columns.tsx"
import { rowKey } from "./feed.ts"
import { ResultChip } from "./ResultChip.tsx"

interface Props {
  readonly rows: ReadonlyArray<TraceSummary>
  readonly shown: ReadonlyArray<string>
  readonly onNearEnd: () => void
  readonly onScroll: (top: number) => void
}

/** Between columns, in pixels. */
const GAP = 12

export const traceHref = (trace: TraceSummary): string => href(`/traces/${trace.traceId}`, { span: trace.spanId })

/** Rows of traces: the arrow keys move between them, Enter opens one. On a narrow screen each is a card of two lines. */
export const TraceList = ({ rows, shown, onNearEnd, onScroll }: Props) => {
  const marked = useSignal<string | undefined>(undefined)
  const visible = columns.filter(({ id }) => shown.includes(id))
  const template = visible.map(({ width }) => width).join(" ")
  const width = `${visible.reduce((sum, { minimum }) => sum + minimum + GAP, 2 * GAP)}px`
  const index = rows.findIndex((row) => rowKey(row) === marked.value)

  // The row is in the document only once the list has scrolled there and drawn it.
  useEffect(() => {
    if (marked.value === undefined) return
    const frame = window.requestAnimationFrame(() =>
      document.querySelector<HTMLElement>(".trace-list tr.marked a")?.focus()
    )
    return () => window.cancelAnimationFrame(frame)
  }, [marked.value])

  const onKeyDown = (event: KeyboardEvent) => {
    const step =
      event.key === "ArrowDown" || event.key === "j" ? 1 : event.key === "ArrowUp" || event.key === "k" ? -1 : 0
    if (step === 0) return
    event.preventDefault()
    const next = rows[Math.max(0, Math.min(rows.length - 1, index + step))]
    if (next !== undefined) marked.value = rowKey(next)
  }

  return (
    <VirtualList
      class="trace-list"
      label="Traces, newest first"
      count={rows.length}
      rowHeight={narrow.value ? 66 : 38}
      headHeight={narrow.value ? 0 : 38}
      active={index === -1 ? undefined : index}
      onNearEnd={onNearEnd}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
      frame={(shownRows, style) => (
        <table class="trace-table" aria-rowcount={rows.length}>
          {!narrow.value && (
            <thead>
              <tr class="trace-row trace-head" style={{ gridTemplateColumns: template, minWidth: width }}>
                {visible.map((column) => (
                  <th key={column.id} scope="col" class={cellClass(column)} title={column.label}>
                    {column.label}
                  </th>
                ))}
              </tr>
            </thead>
          )}
          <tbody class="virtual-space" style={narrow.value ? style : { ...style, minWidth: width }}>
            {shownRows}
          </tbody>
        </table>
      )}
      row={(at, style) => {
        const trace = rows[at]
        if (trace === undefined) return <tr key={at} style={style} />
        const mark = at === index ? " marked" : ""
        return (
          <tr
            key={rowKey(trace)}
            aria-rowindex={at + 1}
            class={(narrow.value ? "trace-card" : "trace-row") + mark}
            style={narrow.value ? style : { ...style, gridTemplateColumns: template }}
          >
            {narrow.value ? <Card trace={trace} /> : <Cells trace={trace} columns={visible} />}
          </tr>
        )
      }}
    />
  )
}

const cellClass = (column: Column) => (column.end === true ? "cut end" : "cut")

const Cells = ({ trace, columns }: { readonly trace: TraceSummary; readonly columns: ReadonlyArray<Column> }) => (
  <>
    {columns.map((column, position) => (
      <td key={column.id} class={cellClass(column)}>
        {position === 0 ? (
          <a class="row-link" href={traceHref(trace)}>
            {column.cell(trace)}
          </a>
        ) : (
          column.cell(trace)
        )}
      </td>
    ))}
  </>
)

const Card = ({ trace }: { readonly trace: TraceSummary }) => (
  <td class="trace-card-body">
    <span class="row nowrap">
      <ResultChip trace={trace} />
      <a class="row-link cut" href={traceHref(trace)}>
        {trace.model ?? trace.requestedModel ?? trace.route ?? trace.traceId}
      </a>
      <span class="spacer" />
      <span class="number">{formatDuration(trace.durationMs)}</span>
    </span>
    <span class="row nowrap small muted">
      <span class="number fixed">{formatMoment(trace.start)}</span>
      <span class="cut">{trace.inputPreview ?? trace.subject}</span>
    </span>
  </td>
)
