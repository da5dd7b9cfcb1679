import type { Attributes, Link, SpanContext } from "@opentelemetry/api"
import type { InstrumentationScope } from "@opentelemetry/core"
import type { Resource } from "@opentelemetry/resources"
import type { ReadableSpan, TimedEvent } from "@opentelemetry/sdk-trace-base"
import { put, type SpanAttributes } from "../attributes.ts"
import { hrDuration, hrTime } from "../hrTime.ts"
import type { TraceHeader } from "../TraceEvent.ts"
import { FinishedSpan } from "./FinishedSpan.ts"
import type { Origin } from "./origin.ts"

/** What the spans of one trace have in common. */
export interface Trace extends Origin {
  readonly header: TraceHeader
  readonly resource: Resource
  readonly scope: InstrumentationScope
}

/** `SpanKind` of the OpenTelemetry API, which is an enum and would have to be loaded to be named. */
export const INTERNAL = 0
export const SERVER = 1
export const CLIENT = 2

const UNSET = 0
const ERROR = 2

/** Makes a span an error: `error.type` and the status go together. */
export interface SpanError {
  readonly type: string
  readonly message?: string | undefined
}

export interface SpanParts {
  readonly name: string
  readonly kind: typeof INTERNAL | typeof SERVER | typeof CLIENT
  readonly context: SpanContext
  readonly parent: SpanContext | undefined
  readonly time: Interval
  readonly attributes: SpanAttributes
  readonly error: SpanError | undefined
  readonly events?: Array<TimedEvent>
  readonly links?: Array<Link>
}

/** Monotonic milliseconds, inside the root's and never backwards. */
export interface Interval {
  readonly start: number
  readonly end: number
}

export const childContext = (trace: Trace, spanId: string): SpanContext => ({ ...trace.root, spanId })

/** Milliseconds without the digits that only the subtraction of two doubles put there. */
export const toNanosecond = (ms: number): number => Math.round(ms * 1e6) / 1e6

/** The same as seconds. */
export const toSeconds = (ms: number): number => Math.round(ms * 1e6) / 1e9

/** A stage's time within its trace's: whatever the clocks did, children lie inside the root and end after they start. */
export const within = ({ header }: Trace, stage: Interval): Interval => {
  const last = Math.max(header.start, header.end)
  const start = Math.min(Math.max(stage.start, header.start), last)
  return { start, end: Math.min(Math.max(stage.end, start), last) }
}

export const makeSpan = (trace: Trace, parts: SpanParts): ReadableSpan => {
  const { attributes, context, error, parent, time } = parts
  const base = trace.header.wallBase
  const startTime = hrTime(base, time.start)
  const endTime = hrTime(base, time.end)
  if (error !== undefined) put(attributes, "error.type", error.type)
  return new FinishedSpan({
    name: parts.name,
    kind: parts.kind,
    context,
    parentSpanContext: parent,
    startTime,
    endTime,
    duration: hrDuration(startTime, endTime),
    status:
      error === undefined
        ? { code: UNSET }
        : error.message === undefined
          ? { code: ERROR }
          : { code: ERROR, message: error.message },
    attributes: attributes satisfies Attributes,
    links: parts.links ?? [],
    events: parts.events ?? [],
    resource: trace.resource,
    instrumentationScope: trace.scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0
  })
}

/**
 * A cause fit for `error.type`. Providers put codes there, and a code that is no short identifier may be a sentence
 * about the request, so it becomes `_OTHER`.
 */
export const errorType = (cause: string): string => (/^[A-Za-z0-9_.:-]{1,64}$/.test(cause) ? cause : "_OTHER")
