import type { HrTime, Link } from "@opentelemetry/api"
import type { ReadableSpan, TimedEvent } from "@opentelemetry/sdk-trace-base"
import { attributesJson } from "./attributesJson.ts"
import { KIND_OFFSET, spanFlags } from "./spanFields.ts"

/** A `Span` by OTLP's JSON mapping: ids in hex, enums as ints, 64-bit numbers as decimal text. What is empty is left out. */
export const spanJson = (span: ReadableSpan): object => {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext()
  const parent = span.parentSpanContext
  return {
    traceId,
    spanId,
    traceState: text(traceState?.serialize()),
    parentSpanId: text(parent?.spanId),
    flags: spanFlags(traceFlags, parent?.isRemote),
    name: text(span.name),
    kind: span.kind + KIND_OFFSET,
    startTimeUnixNano: unixNano(span.startTime),
    endTimeUnixNano: unixNano(span.endTime),
    attributes: list(attributesJson(span.attributes)),
    droppedAttributesCount: count(span.droppedAttributesCount),
    events: list(span.events.map(eventJson)),
    droppedEventsCount: count(span.droppedEventsCount),
    links: list(span.links.map(linkJson)),
    droppedLinksCount: count(span.droppedLinksCount),
    status: statusJson(span.status)
  }
}

const eventJson = (event: TimedEvent): object => ({
  timeUnixNano: unixNano(event.time),
  name: text(event.name),
  ...attributed(event)
})

const linkJson = (link: Link): object => {
  const { isRemote, spanId, traceFlags, traceId, traceState } = link.context
  return {
    traceId,
    spanId,
    traceState: text(traceState?.serialize()),
    ...attributed(link),
    flags: spanFlags(traceFlags, isRemote)
  }
}

const attributed = ({ attributes, droppedAttributesCount }: Pick<Link, "attributes" | "droppedAttributesCount">) => ({
  attributes: list(attributesJson(attributes ?? {})),
  droppedAttributesCount: count(droppedAttributesCount)
})

const statusJson = ({ code, message }: ReadableSpan["status"]): object | undefined => {
  const said = text(message)
  return code === 0 && said === undefined ? undefined : { message: said, code: count(code) }
}

/** JSON leaves out a member that is undefined: each of these is that for what is as good as absent. */
const text = (value: string | undefined): string | undefined => (value === "" ? undefined : value)

const list = <A>(items: ReadonlyArray<A>): ReadonlyArray<A> | undefined => (items.length === 0 ? undefined : items)

const count = (value: number | undefined): number | undefined => (value === 0 ? undefined : value)

/** Nanoseconds since 1970 as decimal digits, which a number could not hold. */
const unixNano = ([seconds, nanos]: HrTime): string =>
  seconds === 0 ? String(nanos) : `${seconds}${String(nanos).padStart(9, "0")}`
