import { Name } from "../../components/Name.tsx"
import { formatDuration } from "../../format/numbers.ts"
import { stageNames, type Timeline, type TimelineRow, ticks } from "./timeline.ts"

interface Props {
  readonly timeline: Timeline
  readonly selected: string | undefined
  readonly onSelect: (spanId: string) => void
}

const percent = (part: number, of: number) => `${of === 0 ? 0 : (part / of) * 100}%`

/** Spans under their parents, each a bar from its start to its end. */
export const TimelineView = ({ timeline, selected, onSelect }: Props) => {
  const { rows, totalMs } = timeline
  return (
    <div class="timeline">
      <div class="timeline-axis" aria-hidden="true">
        <span class="timeline-track axis">
          {ticks(totalMs)
            // Nearer to the end its label would not fit.
            .filter((tick) => tick <= totalMs * 0.85)
            .map((tick) => (
              <span key={tick} class="tick" style={{ left: percent(tick, totalMs) }}>
                {formatDuration(tick)}
              </span>
            ))}
        </span>
      </div>
      <ul>
        {rows.map((row) => (
          <li key={row.span.spanId}>
            <button
              type="button"
              class="timeline-row"
              aria-pressed={row.span.spanId === selected}
              onClick={() => onSelect(row.span.spanId)}
            >
              <Title row={row} />
              <Bar row={row} totalMs={totalMs} />
              <span class="timeline-duration number">{formatDuration(row.durationMs)}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}

const Title = ({ row }: { readonly row: TimelineRow }) => (
  <span class="timeline-name" style={{ paddingLeft: `${row.depth * 14}px` }}>
    <span class="small muted">{stageNames[row.stage]}</span>
    <span class="timeline-title">
      <span class="cut">
        <Name>{row.span.name}</Name>
      </span>
      {row.span.status.code === "error" && (
        <span class="chip bad">{String(row.span.attributes["error.type"] ?? "error")}</span>
      )}
      {row.firstTokenMs !== undefined && (
        <span class="chip number">first token {formatDuration(row.firstTokenMs - row.startMs)}</span>
      )}
      {row.notes.map((note) => (
        <span key={note} class="chip warn">
          {note}
        </span>
      ))}
    </span>
  </span>
)

const Bar = ({ row, totalMs }: { readonly row: TimelineRow; readonly totalMs: number }) => {
  return (
    <span class="timeline-track">
      <span
        class={`bar ${row.stage} ${row.span.status.code}`}
        style={{ left: percent(row.startMs, totalMs), width: percent(row.durationMs, totalMs) }}
      />
      {row.firstTokenMs !== undefined && (
        <span class="first-token" style={{ left: percent(row.firstTokenMs, totalMs) }} />
      )}
    </span>
  )
}
