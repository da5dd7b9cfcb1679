import type { DestinationStatus } from "../../api/types.ts"
import { href } from "../../app/places.ts"
import { mayEdit } from "../../app/session.ts"
import { HealthChip } from "../../components/HealthChip.tsx"
import { type LastDelivery, lastDelivery } from "../../components/lastDelivery.ts"
import { Name } from "../../components/Name.tsx"
import { formatCount, formatDuration } from "../../format/numbers.ts"
import { formatAgo } from "../../format/times.ts"
import { lastAnswer } from "./lastAnswer.ts"
import { dropsOf, keptLetters, lostSpans } from "./losses.ts"

interface Props {
  readonly destinations: ReadonlyArray<DestinationStatus>
  /** Unix milliseconds at which it was read. */
  readonly now: number
}

/** With more, those without trouble get one line each. */
const FEW = 6

/** Per destination what became of every span, which always adds up; those in trouble first. */
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
        {destinations
          .map((status) => ({ status, delivery: lastDelivery(status, now) }))
          .sort((a, b) => Number(b.delivery.late) - Number(a.delivery.late))
          .map(({ status, delivery }) =>
            destinations.length > FEW && !delivery.late && lostSpans(status) === 0 ? (
              <Brief key={status.name} status={status} delivery={delivery} />
            ) : (
              <Destination key={status.name} status={status} delivery={delivery} now={now} />
            )
          )}
      </ul>
    )}
  </section>
)

interface RowProps {
  readonly status: DestinationStatus
  readonly delivery: LastDelivery
}

const Title = ({ status }: Pick<RowProps, "status">) => (
  <>
    <a class="strong wrap" href={href("/settings/otel", { destination: status.name })}>
      <Name>{status.name}</Name>
    </a>
    <HealthChip status={status} />
  </>
)

const Brief = ({ status, delivery }: RowProps) => (
  <li class="row health-brief">
    <Title status={status} />
    <span class="spacer" />
    <span class="small muted">
      {delivery.text}
      {delivery.more}
    </span>
  </li>
)

const Destination = ({ status, delivery, now }: RowProps & { readonly now: number }) => {
  const { ledger, health } = status
  const answer = lastAnswer(status, now)
  const drops = dropsOf(status)
  const kept = keptLetters(status)
  const lag = ledger === undefined ? undefined : ledger.oldestAt === undefined ? 0 : Math.max(0, now - ledger.oldestAt)
  return (
    <li class="health-row">
      <div class="row">
        <Title status={status} />
      </div>
      <dl class="figures">
        <Figure label="Delivered" value={formatCount(ledger?.delivered)} />
        <Figure label="Queued" value={formatCount(ledger?.queued)} />
        <Figure label="Lag" value={formatDuration(lag)} />
        <Figure label="Dead letters" value={formatCount(ledger?.deadLettered)} bad={(ledger?.deadLettered ?? 0) > 0} />
        <Figure label="Rejected" value={formatCount(ledger?.rejected)} bad={(ledger?.rejected ?? 0) > 0} />
        <Figure
          label="Dropped"
          value={formatCount(ledger && drops.reduce((sum, { spans }) => sum + spans, 0))}
          bad={drops.some(({ wanted }) => !wanted)}
        />
      </dl>
      <p class={delivery.late ? "small strong figure-bad" : "small muted"}>
        {delivery.text}
        {delivery.more}
      </p>
      {drops.length > 0 && (
        <p class="small muted wrap">
          Dropped: {drops.map(({ reason, spans }) => `${formatCount(spans)} ${reason}`).join(", ")}
        </p>
      )}
      {kept > 0 && (
        <p class="small muted">
          {formatCount(kept)} dead spans are kept: <code>spangate dead-letters list</code> says why they were refused,{" "}
          <code>replay</code> sends them again.
        </p>
      )}
      {answer !== undefined && (
        <p class="small muted wrap">
          Last answer {answer.text}
          {answer.reason !== undefined && (
            <>
              : <code>{answer.reason}</code> {answer.message}
            </>
          )}
        </p>
      )}
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
