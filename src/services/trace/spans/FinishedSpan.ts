import type { Attributes, Link, SpanContext, SpanStatus } from "@opentelemetry/api"
import type { InstrumentationScope } from "@opentelemetry/core"
import type { Resource } from "@opentelemetry/resources"
import type { ReadableSpan, TimedEvent } from "@opentelemetry/sdk-trace-base"

type Fields = Omit<ReadableSpan, "spanContext" | "ended" | "parentSpanContext"> & {
  readonly context: SpanContext
  readonly parentSpanContext?: SpanContext | undefined
}

/**
 * A span as the encoders read it. A class, because the exporter makes millions: one shape, and no closure for each
 * to hold its context.
 */
export class FinishedSpan implements ReadableSpan {
  readonly name: string
  readonly kind: ReadableSpan["kind"]
  private readonly context: SpanContext
  declare readonly parentSpanContext?: SpanContext
  readonly startTime: ReadableSpan["startTime"]
  readonly endTime: ReadableSpan["endTime"]
  readonly duration: ReadableSpan["duration"]
  readonly ended = true
  readonly status: SpanStatus
  readonly attributes: Attributes
  readonly links: Array<Link>
  readonly events: Array<TimedEvent>
  readonly resource: Resource
  readonly instrumentationScope: InstrumentationScope
  readonly droppedAttributesCount: number
  readonly droppedEventsCount: number
  readonly droppedLinksCount: number

  constructor(fields: Fields) {
    this.name = fields.name
    this.kind = fields.kind
    this.context = fields.context
    if (fields.parentSpanContext !== undefined) this.parentSpanContext = fields.parentSpanContext
    this.startTime = fields.startTime
    this.endTime = fields.endTime
    this.duration = fields.duration
    this.status = fields.status
    this.attributes = fields.attributes
    this.links = fields.links
    this.events = fields.events
    this.resource = fields.resource
    this.instrumentationScope = fields.instrumentationScope
    this.droppedAttributesCount = fields.droppedAttributesCount
    this.droppedEventsCount = fields.droppedEventsCount
    this.droppedLinksCount = fields.droppedLinksCount
  }

  spanContext(): SpanContext {
    return this.context
  }
}

type Changeable = "status" | "attributes" | "links" | "events" | "droppedAttributesCount"

/** The span with some of its fields changed; it may be an instance of the SDK's class. */
export const changeSpan = (span: ReadableSpan, changes: Partial<Pick<Fields, Changeable>>): FinishedSpan =>
  new FinishedSpan({
    name: span.name,
    kind: span.kind,
    context: span.spanContext(),
    parentSpanContext: span.parentSpanContext,
    startTime: span.startTime,
    endTime: span.endTime,
    duration: span.duration,
    status: changes.status ?? span.status,
    attributes: changes.attributes ?? span.attributes,
    links: changes.links ?? span.links,
    events: changes.events ?? span.events,
    resource: span.resource,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: changes.droppedAttributesCount ?? span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount
  })
