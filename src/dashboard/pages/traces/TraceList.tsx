import { useSignal } from "@preact/signals"
import { useEffect, useRef } from "preact/hooks"
import type { TraceSummary } from "../../../services/store/TraceSummary.ts"
import { isTyping } from "../../app/hotkeys.ts"
import { narrow } from "../../app/narrow.ts"
import { href } from "../../app/places.ts"
import { Name } from "../../components/Name.tsx"
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
  /** Where to go on, after a look at a trace. */
  readonly initial: { readonly top: number; readonly marked: string } | undefined
}

/** Between columns, in pixels. */
const GAP = 12

export const traceHref = (trace: TraceSummary): string => href(`/traces/${trace.traceId}`, { span: trace.spanId })

/** Rows of traces: j, k and the arrow keys move between them, Enter opens one. On a narrow screen each is a card. */
export const TraceList = ({ rows, shown, onNearEnd, onScroll, initial }: Props) => {
  const marked = useSignal(initial?.marked)
  const top = useRef(initial?.top ?? 0)
  const rowHeight = narrow.value ? 66 : 38
  const visible = columns.filter(({ id }) => shown.includes(id))
  const template = visible.map(({ width }) => width).join(" ")
  const width = `${visible.reduce((sum, { minimum }) => sum + minimum + GAP, 2 * GAP)}px`
  const index = rows.findIndex((row) => rowKey(row) === marked.value)

  // The row is in the document only once the list has scrolled there and drawn it; whoever types by then goes on.
  const wantsFocus = useRef(initial !== undefined)
  const focusOnce = (link: HTMLElement | null) => {
    if (link === null || !wantsFocus.current) return
    wantsFocus.current = false
    if (!isTyping(document.activeElement)) link.focus({ preventScroll: true })
  }

  const move = (event: KeyboardEvent, step: number) => {
    event.preventDefault()
    const from = index === -1 ? Math.ceil(top.current / rowHeight) : index + step
    const next = rows[Math.max(0, Math.min(rows.length - 1, from))]
    if (next === undefined || rowKey(next) === marked.value) return
    wantsFocus.current = true
    marked.value = rowKey(next)
  }

  const onLetter = useRef<(event: KeyboardEvent) => void>(() => {})
  onLetter.current = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
    if (document.querySelector("dialog[open]") !== null) return
    if (event.key === "j") move(event, 1)
    else if (event.key === "k") move(event, -1)
  }

  useEffect(() => {
    const listen = (event: KeyboardEvent) => onLetter.current(event)
    document.addEventListener("keydown", listen)
    return () => document.removeEventListener("keydown", listen)
  }, [])

  return (
    <VirtualList
      class="trace-list"
      label="Traces, newest first"
      count={rows.length}
      rowHeight={rowHeight}
      initialTop={initial?.top}
      headHeight={narrow.value ? 0 : 38}
      active={index === -1 ? undefined : index}
      onNearEnd={onNearEnd}
      onScroll={(now) => {
        top.current = now
        onScroll(now)
      }}
      onKeyDown={(event) => {
        if (event.key === "ArrowDown") move(event, 1)
        else if (event.key === "ArrowUp") move(event, -1)
      }}
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
        const isMarked = at === index
        const link = isMarked ? focusOnce : null
        return (
          <tr
            key={rowKey(trace)}
            aria-rowindex={at + 1}
            class={`${narrow.value ? "trace-card" : "trace-row"}${isMarked ? " marked" : ""}`}
            style={narrow.value ? style : { ...style, gridTemplateColumns: template }}
          >
            {narrow.value ? <Card trace={trace} link={link} /> : <Cells trace={trace} columns={visible} link={link} />}
          </tr>
        )
      }}
    />
  )
}

const cellClass = (column: Column) => (column.end === true ? "cut end" : "cut")

interface RowProps {
  readonly trace: TraceSummary
  /** Is given the row's link. */
  readonly link: ((link: HTMLElement | null) => void) | null
}

const Cells = ({ trace, columns, link }: RowProps & { readonly columns: ReadonlyArray<Column> }) => (
  <>
    {columns.map((column, position) => (
      <td key={column.id} class={cellClass(column)}>
        {position === 0 ? (
          <a class="row-link" ref={link} href={traceHref(trace)}>
            {column.cell(trace)}
          </a>
        ) : (
          column.cell(trace)
        )}
      </td>
    ))}
  </>
)

const Card = ({ trace, link }: RowProps) => (
  <td class="trace-card-body">
    <span class="row nowrap">
      <ResultChip trace={trace} />
      <a class="row-link cut" ref={link} href={traceHref(trace)}>
        <Name>{trace.model ?? trace.requestedModel ?? trace.route ?? trace.traceId}</Name>
      </a>
      <span class="spacer" />
      <span class="number">{formatDuration(trace.durationMs)}</span>
    </span>
    <span class="row nowrap small muted">
      <span class="number fixed">{formatMoment(trace.start)}</span>
      <span class="cut">{trace.inputPreview ?? <Name>{trace.subject ?? ""}</Name>}</span>
    </span>
  </td>
)
