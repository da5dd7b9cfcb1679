import type { DestinationStatus } from "../../api/types.ts"
import { href } from "../../app/places.ts"
import { mayEdit } from "../../app/session.ts"
import { HealthChip } from "../../components/HealthChip.tsx"
import { formatCount, formatDuration } from "../../format/numbers.ts"
import { formatAgo } from "../../format/times.ts"
import { lastAnswer } from "./lastAnswer.ts"

interface Props {
  readonly destinations: ReadonlyArray<DestinationStatus>
  /** Unix milliseconds at which it was read. */
  readonly now: number
}

/** Per destination what became of every span, which always adds up. */
export const ExportHealth = ({ destinations, now }: Props) => (
  <section class="card" aria-labelledby="export-health">
    <div class="card-head">
      <h2 id="export-health">Export</h2>
      <span class="muted small">spans, since the queue began</span>
    </div>
    {destinations.length === 0 ? (
      <p class="padded-text muted">
        Traces are kept here and go nowhere else yet.{" "}
        {mayEdit.value && <a href={href("/settings/otel")}>Add a destination</a>}
      </p>
    ) : (
      <ul class="health">
        {destinations.map((status) => (
          <Destination key={status.name} status={status} now={now} />
        ))}
      </ul>
    )}
  </section>
)

const Destination = ({ status, now }: { readonly status: DestinationStatus; readonly now: number }) => {
  const { ledger, health } = status
  const answer = lastAnswer(status, now)
  const dropped =
    ledger === undefined ? undefined : Object.values(ledger.dropped).reduce((sum, count) => sum + count, 0)
  const lag = ledger === undefined ? undefined : ledger.oldestAt === undefined ? 0 : Math.max(0, now - ledger.oldestAt)
  return (
    <li class="health-row">
      <div class="row">
        <a class="strong" href={href("/settings/otel", { destination: status.name })}>
          {status.name}
        </a>
        <HealthChip status={status} />
      </div>
      <dl class="figures">
        <Figure label="Delivered" value={formatCount(ledger?.delivered)} />
        <Figure label="Queued" value={formatCount(ledger?.queued)} />
        <Figure label="Lag" value={formatDuration(lag)} />
        <Figure label="Dead letters" value={formatCount(ledger?.deadLettered)} bad={(ledger?.deadLettered ?? 0) > 0} />
        <Figure label="Rejected" value={formatCount(ledger?.rejected)} bad={(ledger?.rejected ?? 0) > 0} />
        <Figure label="Dropped" value={formatCount(dropped)} bad={(dropped ?? 0) > 0} />
      </dl>
      <p class="small muted wrap">
        Last answer: {answer.text}
        {answer.reason !== undefined && (
          <>
            , <code>{answer.reason}</code> {answer.message}
          </>
        )}
      </p>
      {health.state === "healthy" && health.lastError !== undefined && (
        <p class="small muted wrap">
          Last error {formatAgo(health.lastError.at, now)}: <code>{health.lastError.reason}</code>{" "}
          {health.lastError.message}
        </p>
      )}
    </li>
  )
}

interface FigureProps {
  readonly label: string
  readonly value: string
  readonly bad?: boolean
}

const Figure = ({ label, value, bad }: FigureProps) => (
  <div>
    <dt class="muted small">{label}</dt>
    <dd class={bad === true ? "number strong figure-bad" : "number strong"}>{value}</dd>
  </div>
)
