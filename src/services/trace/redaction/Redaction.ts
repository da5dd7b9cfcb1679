import type { Attributes, AttributeValue } from "@opentelemetry/api"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import type { RedactionRules } from "../../config/CompiledConfig.ts"
import { matching } from "../../config/namePatterns.ts"
import { attributes as table } from "../attributes.ts"
import { compileMasks } from "./compileMasks.ts"
import type { Mask } from "./maskJson.ts"
import { rewriteSpan } from "./rewriteSpan.ts"
import { withoutLastWord } from "./withoutCutWords.ts"

/** One destination's rules, ready to be applied. Pure: the same spans give the same spans, whatever became of their request. */
export interface Redaction {
  readonly spans: (spans: ReadonlyArray<ReadableSpan>) => ReadonlyArray<ReadableSpan>
  /** `service.*` and `telemetry.sdk.*` stay whatever is denied: without them nobody knows whose spans these are. */
  readonly resource: (attributes: { readonly [key: string]: string }) => { readonly [key: string]: string }
}

/** A status message says what this attribute does, and goes with it. */
const MESSAGE = "tfy.error_message"

/** Hex digits of ours, which a mask might take for something else. */
const REQUEST_ID = "gateway.request.id"

const SHORT_HAND = "tfy.input_short_hand"
/** Of a short hand this long the rest may have been cut off. */
const SHORT_HAND_CUT = 99

const SENDER = /^(?:service|telemetry\.sdk)\./

/**
 * Attributes of spans, events, links and resource: deny, then allow, then the masks on every text and list of texts,
 * and on status messages. Names, ids, kinds, times and numbers stay. Without rules nothing is done, at no cost.
 */
export const compileRedaction = (rules: RedactionRules): Redaction => {
  if (rules.allowAttributes === undefined && rules.denyAttributes.length === 0 && rules.mask.length === 0)
    return { spans: (spans) => spans, resource: (attributes) => attributes }
  const keeps = keeper(rules)
  const mask = rules.mask.length === 0 ? undefined : compileMasks(rules.mask)
  return {
    spans: (spans) => {
      // The request's text stands on the root and on each attempt.
      const rewrite = rewriter(keeps, mask && remembering(mask))
      return spans.map((span) => rewriteSpan(span, rewrite))
    },
    resource: (attributes) =>
      Object.fromEntries(
        Object.entries(attributes).flatMap(([key, value]) =>
          SENDER.test(key) || keeps(key) ? [[key, mask === undefined ? value : mask(value)]] : []
        )
      )
  }
}

const rewriter = (keeps: (name: string) => boolean, mask: Mask | undefined) => {
  const value = (name: string, of: AttributeValue | undefined): AttributeValue | undefined => {
    if (mask === undefined || name === REQUEST_ID) return of
    if (typeof of === "string")
      return mask(name === SHORT_HAND && of.length >= SHORT_HAND_CUT ? withoutLastWord(of) : of)
    return Array.isArray(of) ? (of.map((item) => (typeof item === "string" ? mask(item) : item)) as AttributeValue) : of
  }
  return {
    attributes: (attributes: Attributes): Attributes => {
      const kept: Record<string, AttributeValue | undefined> = {}
      for (const name in attributes) {
        if (!keeps(name)) continue
        const redacted = value(name, attributes[name])
        if (redacted !== "") kept[name] = redacted
      }
      return kept
    },
    message: (message: string): string | undefined =>
      keeps(MESSAGE) ? (mask === undefined ? message : mask(message)) : undefined
  }
}

const keeper = ({ allowAttributes, denyAttributes }: RedactionRules): ((name: string) => boolean) => {
  const denies = matching(denyAttributes)
  const allows = allowAttributes === undefined ? () => true : matching(allowAttributes)
  const keeps = (name: string): boolean => !denies(name) && allows(name)
  const known = new Map([...table.keys()].map((name) => [name, keeps(name)]))
  return (name) => known.get(name) ?? keeps(name)
}

const remembering = (mask: Mask): Mask => {
  const known = new Map<string, string>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const masked = mask(text)
    known.set(text, masked)
    return masked
  }
}
