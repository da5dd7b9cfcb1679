import type { Attributes, AttributeValue } from "@opentelemetry/api"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import { attributes as table } from "./attributes.ts"

/**
 * Exclude Request Data: the same spans without a word of the request, the answer, or an error's text.
 *
 * Of the attributes of spans, events and links, those stay that the table declares not to be content; an attribute
 * that the table does not know goes. A status keeps its code and loses its message: `error.type` says what happened.
 * Ids, times, tokens, costs, models, subjects and the client's own metadata stay. The spans given are not changed.
 */
export const excludeRequestData = (spans: ReadonlyArray<ReadableSpan>): Array<ReadableSpan> => spans.map(redactSpan)

const redactSpan = (span: ReadableSpan): ReadableSpan => ({
  name: span.name,
  kind: span.kind,
  // Called on the span, which may be an instance of the SDK's class.
  spanContext: () => span.spanContext(),
  ...(span.parentSpanContext === undefined ? {} : { parentSpanContext: span.parentSpanContext }),
  startTime: span.startTime,
  endTime: span.endTime,
  duration: span.duration,
  ended: span.ended,
  status: { code: span.status.code },
  attributes: redactAttributes(span.attributes),
  events: span.events.map((event) => ({ ...event, attributes: redactAttributes(event.attributes) })),
  links: span.links.map((link) => ({ ...link, attributes: redactAttributes(link.attributes) })),
  resource: span.resource,
  instrumentationScope: span.instrumentationScope,
  droppedAttributesCount: span.droppedAttributesCount,
  droppedEventsCount: span.droppedEventsCount,
  droppedLinksCount: span.droppedLinksCount
})

const redactAttributes = (attributes: Attributes | undefined): Attributes => {
  const kept: Record<string, AttributeValue | undefined> = {}
  for (const key in attributes) {
    if (table.get(key)?.content === false) kept[key] = attributes[key]
  }
  return kept
}
