import type { Attributes, AttributeValue } from "@opentelemetry/api"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import { attributes as table } from "./attributes.ts"
import { rewriteSpan } from "./redaction/rewriteSpan.ts"

/**
 * Exclude Request Data: the same spans without a word of the request, the answer, or an error's text.
 *
 * Of the attributes of spans, events and links, those stay that the table declares not to be content; an attribute
 * that the table does not know goes. A status keeps its code and loses its message: `error.type` says what happened.
 * Ids, times, tokens, costs, models, subjects and the client's own metadata stay. The spans given are not changed.
 */
export const excludeRequestData = (spans: ReadonlyArray<ReadableSpan>): Array<ReadableSpan> =>
  spans.map((span) => rewriteSpan(span, { attributes: withoutContent, message: () => undefined }))

const withoutContent = (attributes: Attributes): Attributes => {
  const kept: Record<string, AttributeValue | undefined> = {}
  for (const key in attributes) {
    if (table.get(key)?.content === false) kept[key] = attributes[key]
  }
  return kept
}
