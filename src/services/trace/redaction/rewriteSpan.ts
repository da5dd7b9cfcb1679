import type { Attributes } from "@opentelemetry/api"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import { changeSpan } from "../spans/FinishedSpan.ts"

export interface Rewrite {
  readonly attributes: (attributes: Attributes) => Attributes
  /** Of a status; undefined leaves it out. */
  readonly message: (message: string) => string | undefined
}

/**
 * The span with other attributes, on itself, its events and its links, and another status message.
 * Ids, names, kinds, times and the status's code stay. The span given is not changed.
 */
export const rewriteSpan = (span: ReadableSpan, rewrite: Rewrite): ReadableSpan => {
  const { code, message } = span.status
  const rewritten = message === undefined ? undefined : rewrite.message(message)
  return changeSpan(span, {
    status: rewritten === undefined ? { code } : { code, message: rewritten },
    attributes: rewrite.attributes(span.attributes),
    events: span.events.map((event) => withAttributes(event, rewrite)),
    links: span.links.map((link) => withAttributes(link, rewrite))
  })
}

const withAttributes = <A extends { readonly attributes?: Attributes }>(owner: A, { attributes }: Rewrite): A =>
  owner.attributes === undefined ? owner : { ...owner, attributes: attributes(owner.attributes) }
