import type { StoredSpan } from "../../../services/store/TraceSummary.ts"
import { href } from "../../app/places.ts"
import { LongText } from "../../components/LongText.tsx"
import { Name } from "../../components/Name.tsx"
import { formatName } from "../../format/names.ts"
import { formatInstant } from "../../format/times.ts"
import { filterFor } from "./attributeFilters.ts"

type Value = StoredSpan["attributes"][string]

// The conversation shows these, and megabytes of them help nobody here.
const shownElsewhere = new Set([
  "tfy.input",
  "tfy.output",
  "gen_ai.input.messages",
  "gen_ai.output.messages",
  "gen_ai.system_instructions"
])

/** One span's facts; those that the list can be narrowed by are links to it. */
export const SpanDetails = ({ span, isRoot }: { readonly span: StoredSpan; readonly isRoot: boolean }) => {
  const attributes = Object.entries(span.attributes)
    .filter(([name]) => !shownElsewhere.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return (
    <section class="span-details" aria-label={`Attributes of ${formatName(span.name)}`}>
      <div class="row">
        <h2>
          <Name>{span.name}</Name>
        </h2>
        <span class="chip">{span.kind}</span>
        {span.status.code === "error" && <span class="chip bad">error</span>}
      </div>
      {span.status.message !== undefined && <p class="wrap">{span.status.message}</p>}
      <dl class="facts">
        <Fact name="started">{formatInstant(Number(BigInt(span.startTimeUnixNano) / 1_000_000n))}</Fact>
        <Fact name="span id">
          <code>{span.spanId}</code>
        </Fact>
        {attributes.map(([name, value]) => (
          <Fact key={name} name={name}>
            <AttributeValue name={name} value={value} isRoot={isRoot} />
          </Fact>
        ))}
      </dl>
      {span.events.map((event) => (
        <div key={event.timeUnixNano + event.name}>
          <h3>Event {event.name}</h3>
          <LongText text={JSON.stringify(event.attributes, null, 2)} />
        </div>
      ))}
    </section>
  )
}

const Fact = ({ name, children }: { readonly name: string; readonly children: preact.ComponentChildren }) => (
  <div class="fact">
    <dt>
      <Name>{name}</Name>
    </dt>
    <dd>{children}</dd>
  </div>
)

interface ValueProps {
  readonly name: string
  readonly value: Value
  readonly isRoot: boolean
}

const AttributeValue = ({ name, value, isRoot }: ValueProps) => {
  const text = typeof value === "object" ? value.join(", ") : String(value)
  const filters = filterFor(name, value, isRoot)
  if (filters !== undefined) {
    return (
      <a class="chip accent" href={href("/traces", filters)} title="Show all traces like this">
        <span class="cut">
          <Name>{text}</Name>
        </span>
      </a>
    )
  }
  return text.length > 300 ? <LongText text={text} first={300} /> : <span class="wrap">{text}</span>
}
