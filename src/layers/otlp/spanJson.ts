import type { HrTime, Link } from "@opentelemetry/api"
import type { ReadableSpan, TimedEvent } from "@opentelemetry/sdk-trace-base"
import { attributesJson, quoted } from "./attributesJson.ts"
import { KIND_OFFSET, spanFlags } from "./spanFields.ts"

/** A `Span` by OTLP's JSON mapping: ids in hex, enums as ints, 64-bit numbers as decimal text. What is empty is left out. */
export const spanJson = (span: ReadableSpan): string => {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext()
  const parent = span.parentSpanContext
  let json = `{"traceId":"${traceId}","spanId":"${spanId}"`
  json += text("traceState", traceState?.serialize())
  if (parent !== undefined && parent.spanId !== "") json += `,"parentSpanId":"${parent.spanId}"`
  json += `,"flags":${spanFlags(traceFlags, parent?.isRemote)}`
  json += text("name", span.name)
  json += `,"kind":${span.kind + KIND_OFFSET}`
  json += `,"startTimeUnixNano":"${unixNano(span.startTime)}","endTimeUnixNano":"${unixNano(span.endTime)}"`
  json += list("attributes", attributesJson(span.attributes))
  json += count("droppedAttributesCount", span.droppedAttributesCount)
  json += list("events", span.events.map(eventJson).join(","))
  json += count("droppedEventsCount", span.droppedEventsCount)
  json += list("links", span.links.map(linkJson).join(","))
  json += count("droppedLinksCount", span.droppedLinksCount)
  return `${json}${statusJson(span.status)}}`
}

const eventJson = (event: TimedEvent): string =>
  `{"timeUnixNano":"${unixNano(event.time)}"${text("name", event.name)}${attributed(event)}}`

const linkJson = (link: Link): string => {
  const { isRemote, spanId, traceFlags, traceId, traceState } = link.context
  const ids = `"traceId":"${traceId}","spanId":"${spanId}"${text("traceState", traceState?.serialize())}`
  return `{${ids}${attributed(link)},"flags":${spanFlags(traceFlags, isRemote)}}`
}

const attributed = ({ attributes, droppedAttributesCount }: Pick<Link, "attributes" | "droppedAttributesCount">) =>
  list("attributes", attributesJson(attributes ?? {})) + count("droppedAttributesCount", droppedAttributesCount ?? 0)

const statusJson = ({ code, message }: ReadableSpan["status"]): string => {
  const said = text("message", message) + count("code", code)
  return said === "" ? "" : `,"status":{${said.slice(1)}}`
}

/** Each of these is a member with its comma before it, or nothing for what is as good as absent. */
const text = (name: string, value: string | undefined): string =>
  value === undefined || value === "" ? "" : `,"${name}":${quoted(value)}`

const list = (name: string, items: string): string => (items === "" ? "" : `,"${name}":[${items}]`)

const count = (name: string, value: number): string => (value === 0 ? "" : `,"${name}":${value}`)

/** Nanoseconds since 1970 as decimal digits, which a number could not hold. */
const unixNano = ([seconds, nanos]: HrTime): string =>
  seconds === 0 ? String(nanos) : `${seconds}${String(nanos).padStart(9, "0")}`
