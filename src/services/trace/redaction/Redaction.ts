import type { Attributes, AttributeValue } from "@opentelemetry/api"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import type { RedactionRules } from "../../config/CompiledConfig.ts"
import { matching } from "../../config/namePatterns.ts"
import { attributes as table } from "../attributes.ts"
import { compileMasks } from "./compileMasks.ts"
import { rewriteSpan } from "./rewriteSpan.ts"
import { comparisonsPerCharacter, type Search, withinBudget } from "./searchBudget.ts"
import { withoutLastWord } from "./withoutCutWords.ts"

/** One destination's rules, ready to be applied. Pure: the same spans give the same spans, whatever became of their request. */
export interface Redaction {
  /** Of one request. */
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

/** How much was left out because it could not be searched. A number, so it goes where no text may. */
const WITHHELD = "gateway.redaction.withheld_characters"

const SENDER = /^(?:service|telemetry\.sdk)\./

/**
 * Attributes of spans, events, links and resource: deny, then allow, then the masks on every text and list of texts,
 * and on status messages. Names, ids, kinds, times and numbers stay. Without rules nothing is done, at no cost. What cannot
 * be searched within a request's budget is left out, and its size stated.
 */
export const compileRedaction = (rules: RedactionRules): Redaction => {
  if (rules.allowAttributes === undefined && rules.denyAttributes.length === 0 && rules.mask.length === 0)
    return { spans: (spans) => spans, resource: (attributes) => attributes }
  const keeps = keeper(rules)
  const masks = rules.mask.length === 0 ? undefined : compileMasks(rules.mask)
  // Few and short, and the operator's own.
  const mask = masks?.(() => true)
  const perCharacter = comparisonsPerCharacter(rules.mask)
  return {
    spans: (spans) => {
      // The request's text stands on the root and on each attempt, and is searched once.
      const rewrite = rewriter(keeps, masks && withinBudget(masks, perCharacter))
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

const rewriter = (keeps: (name: string) => boolean, search: Search | undefined) => {
  /** `undefined` for one that holds a text which was not searched. */
  const value = (name: string, of: AttributeValue): AttributeValue | undefined => {
    if (search === undefined || name === REQUEST_ID) return of
    if (typeof of === "string")
      return search(name === SHORT_HAND && of.length >= SHORT_HAND_CUT ? withoutLastWord(of) : of)
    if (!Array.isArray(of)) return of
    const items = of.map((item) => (typeof item === "string" ? search(item) : item))
    return items.some((item, i) => item === undefined && typeof of[i] === "string")
      ? undefined
      : (items as AttributeValue)
  }
  return {
    attributes: (attributes: Attributes): Attributes => {
      const kept: Record<string, AttributeValue | undefined> = {}
      let withheld = 0
      for (const name in attributes) {
        const of = attributes[name]
        if (of === undefined || !keeps(name)) continue
        const redacted = value(name, of)
        if (redacted === undefined) withheld += charactersOf(of)
        else if (redacted !== "") kept[name] = redacted
      }
      if (withheld > 0) kept[WITHHELD] = withheld
      return kept
    },
    message: (message: string): string | undefined =>
      keeps(MESSAGE) ? (search === undefined ? message : search(message)) : undefined
  }
}

const charactersOf = (value: AttributeValue): number =>
  Array.isArray(value)
    ? value.reduce<number>((sum, item) => sum + (typeof item === "string" ? item.length : 0), 0)
    : String(value).length

const keeper = ({ allowAttributes, denyAttributes }: RedactionRules): ((name: string) => boolean) => {
  const denies = matching(denyAttributes)
  const allows = allowAttributes === undefined ? () => true : matching(allowAttributes)
  const keeps = (name: string): boolean => !denies(name) && allows(name)
  const known = new Map([...table.keys()].map((name) => [name, keeps(name)]))
  return (name) => known.get(name) ?? keeps(name)
}
