import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import type { StoredSpan, StoredTrace } from "../store/TraceSummary.ts"

type Attributes = StoredSpan["attributes"]
type Value = Attributes[string]

/** Of one answer. A caller may give a thousand requests of a megabyte one trace id, as an agent does. */
export const MOST_CHARACTERS = 32 * 1024 * 1024

/** An attribute this long is content. */
const LONG = 1000

export interface ShownTrace extends StoredTrace {
  /** Its long attributes are left out. */
  readonly shortened?: true
}

/**
 * Requests as one answer can hold them: all of them, with every span; from where there would be more characters than an
 * answer may have, without the attributes that are long. Each is shortened when it comes, before the next is read.
 */
export const shortenTraces =
  (most = MOST_CHARACTERS) =>
  <E, R>(traces: Stream.Stream<StoredTrace, E, R>): Stream.Stream<ShownTrace, E, R> =>
    Stream.mapAccum(
      traces,
      () => most,
      (left, trace): readonly [number, ReadonlyArray<ShownTrace>] => {
        const after = left - charactersOf(trace)
        return [after, [after >= 0 ? trace : { ...trace, spans: trace.spans.map(shortened), shortened: true }]]
      }
    )

const lengthOf = (value: Value): number => {
  if (Predicate.isString(value)) return value.length
  return Array.isArray(value) ? value.reduce((sum, text: string) => sum + text.length, 0) : 0
}

const sumOf = (attributes: Attributes): number =>
  Object.values(attributes).reduce<number>((sum, value) => sum + lengthOf(value), 0)

const charactersOf = ({ spans }: StoredTrace): number =>
  spans.reduce(
    (sum, { attributes, events }) =>
      events.reduce((sum, { attributes }) => sum + sumOf(attributes), sum + sumOf(attributes)),
    0
  )

const withoutLong = (attributes: Attributes): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => lengthOf(value) <= LONG))

const shortened = (span: StoredSpan): StoredSpan => ({
  ...span,
  attributes: withoutLong(span.attributes),
  events: span.events.map((event) => ({ ...event, attributes: withoutLong(event.attributes) }))
})
