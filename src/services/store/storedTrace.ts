import type { Attributes, HrTime } from "@opentelemetry/api"
import type { InstrumentationScope } from "@opentelemetry/core"
import type { Resource } from "@opentelemetry/resources"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import { expand } from "../trace/expand.ts"
import { read } from "../trace/spans/reading.ts"
import type { TraceEvent } from "../trace/TraceEvent.ts"
import { summarize } from "./summarize.ts"
import type { StoredSpan, StoredTrace } from "./TraceSummary.ts"

/**
 * A captured event as the store has it: expanded as for a destination that asks for nothing special, so with all that
 * was captured. Pure; bodies of any bytes give a trace. Throws only where the header is none that a gateway wrote.
 */
export const storedTrace = (event: TraceEvent): StoredTrace => {
  const reading = read(event)
  const spans = expand(event, RESOURCE, SCOPE, "parent", reading)
  return { summary: summarize(event.header, spans, reading), spans: spans.map(storedSpan) }
}

// Who sent a trace is the same for all, and not stored with each.
const RESOURCE: Resource = { attributes: {}, merge: (other) => other ?? RESOURCE, getRawAttributes: () => [] }
const SCOPE: InstrumentationScope = { name: "spangate" }

const KINDS = ["internal", "server", "client", "producer", "consumer"] as const
const CODES = ["unset", "ok", "error"] as const

const storedSpan = (span: ReadableSpan): StoredSpan => ({
  spanId: span.spanContext().spanId,
  ...(span.parentSpanContext === undefined ? {} : { parentSpanId: span.parentSpanContext.spanId }),
  name: span.name,
  kind: KINDS[span.kind],
  startTimeUnixNano: nanoseconds(span.startTime),
  endTimeUnixNano: nanoseconds(span.endTime),
  status: {
    code: CODES[span.status.code],
    ...(span.status.message === undefined ? {} : { message: span.status.message })
  },
  attributes: plain(span.attributes),
  events: span.events.map(({ attributes, name, time }) => ({
    name,
    timeUnixNano: nanoseconds(time),
    attributes: plain(attributes ?? {})
  }))
})

/** Decimal digits: a double would be off by up to 128 ns. */
const nanoseconds = ([seconds, nanos]: HrTime): string =>
  seconds === 0 ? String(nanos) : `${seconds}${String(nanos).padStart(9, "0")}`

/** The attributes that JSON can say; mostly all, and then as they are. */
const plain = (attributes: Attributes): StoredSpan["attributes"] => {
  if (isPlain(attributes)) return attributes
  const plain: Record<string, StoredSpan["attributes"][string]> = {}
  for (const [name, value] of Object.entries(attributes)) {
    if (isPlainValue(value)) plain[name] = value
    else if (Array.isArray(value)) plain[name] = value.filter(isText)
  }
  return plain
}

// By name, not by `Object.values`: of a list for each span it would be most of the time.
const isPlain = (attributes: { readonly [name: string]: unknown }): attributes is StoredSpan["attributes"] => {
  for (const name in attributes) if (!isPlainValue(attributes[name])) return false
  return true
}

const isPlainValue = (value: unknown): value is StoredSpan["attributes"][string] =>
  typeof value === "number"
    ? Number.isFinite(value)
    : Array.isArray(value)
      ? value.every(isText)
      : typeof value === "string" || typeof value === "boolean"

const isText = (value: unknown): value is string => typeof value === "string"
