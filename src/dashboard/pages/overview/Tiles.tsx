import type { Measures } from "../../../services/store/TraceQuery.ts"
import { formatCost, formatDuration, formatShare, formatShort } from "../../format/numbers.ts"

/** The range as a whole, in six figures. */
export const Tiles = ({ total }: { readonly total: Measures }) => (
  <dl class="tiles">
    <Tile label="Requests" value={formatShort(total.requests)} />
    <Tile label="Error rate" value={formatShare(total.errors, total.requests)} />
    <Tile
      label="Latency p95"
      value={formatDuration(total.latency.p95)}
      more={`p50 ${formatDuration(total.latency.p50)} · p99 ${formatDuration(total.latency.p99)}`}
    />
    <Tile
      label="First token p95"
      value={formatDuration(total.timeToFirstToken.p95)}
      more={`p50 ${formatDuration(total.timeToFirstToken.p50)}`}
    />
    <Tile
      label="Tokens"
      value={formatShort(total.inputTokens + total.outputTokens)}
      more={`${formatShort(total.inputTokens)} in · ${formatShort(total.outputTokens)} out`}
    />
    <Tile label="Cost" value={formatCost(total.cost)} />
  </dl>
)

interface TileProps {
  readonly label: string
  readonly value: string
  readonly more?: string
}

const Tile = ({ label, value, more }: TileProps) => (
  <div class="tile">
    <dt class="muted small">{label}</dt>
    <dd class="tile-value number">{value}</dd>
    <dd class="muted small number">{more ?? "\u00a0"}</dd>
  </div>
)
