import type { TraceSummary } from "../../../services/store/TraceSummary.ts"
import { href } from "../../app/places.ts"
import { Name } from "../../components/Name.tsx"
import { formatCost, formatCount, formatDuration } from "../../format/numbers.ts"
import { ResultChip } from "../traces/ResultChip.tsx"

/** A request at a glance. */
export const TraceFacts = ({ trace }: { readonly trace: TraceSummary }) => (
  <div class="trace-facts">
    <Fact label="Result">
      <ResultChip trace={trace} />
    </Fact>
    <Fact label="Duration">{formatDuration(trace.durationMs)}</Fact>
    {trace.timeToFirstTokenMs !== undefined && (
      <Fact label="First token">{formatDuration(trace.timeToFirstTokenMs)}</Fact>
    )}
    <Fact label="Tokens in / out">
      {formatCount(trace.inputTokens)} / {formatCount(trace.outputTokens)}
    </Fact>
    <Fact label="Cost">{formatCost(trace.cost)}</Fact>
    <Fact label="Attempts">{trace.fallback ? `${trace.attempts}, with fallback` : trace.attempts}</Fact>
    {trace.model !== undefined && <Linked label="Model" value={trace.model} query={{ model: trace.model }} />}
    {trace.subject !== undefined && <Linked label="Subject" value={trace.subject} query={{ subject: trace.subject }} />}
    {trace.conversationId !== undefined && (
      <Linked label="Conversation" value={trace.conversationId} query={{ conversationId: trace.conversationId }} />
    )}
    {Object.entries(trace.metadata).map(([metadataKey, metadataValue]) => (
      <Linked key={metadataKey} label={metadataKey} value={metadataValue} query={{ metadataKey, metadataValue }} />
    ))}
  </div>
)

const Fact = ({ label, children }: { readonly label: string; readonly children: preact.ComponentChildren }) => (
  <div>
    <div class="muted small">
      <Name>{label}</Name>
    </div>
    <div class="number strong">{children}</div>
  </div>
)

interface LinkedProps {
  readonly label: string
  readonly value: string
  readonly query: Readonly<Record<string, string>>
}

const Linked = ({ label, value, query }: LinkedProps) => (
  <Fact label={label}>
    <a class="chip accent" href={href("/traces", query)} title="Show all traces like this">
      <span class="cut">
        <Name>{value}</Name>
      </span>
    </a>
  </Fact>
)
