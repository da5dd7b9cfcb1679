import type { MaskRule } from "../../config/CompiledConfig.ts"
import { patternCost } from "../../config/patternCost.ts"
import type { Mask } from "./maskJson.ts"

/** What searching the texts of one request for patterns of one's own may cost: about a third of a second. */
export const MAX_COMPARISONS = 2 ** 28

/** Tables of characters are looked up so much slower than a range is compared. */
const UNICODE_PROPERTY = /\\p\{/i
const LOOK_UP = 5

/** What a search for all patterns of one's own costs at most for each character of a text, in comparisons. */
export const comparisonsPerCharacter = (rules: ReadonlyArray<MaskRule>): number =>
  rules.reduce((sum, { pattern }) => {
    if (pattern === undefined) return sum
    return sum + patternCost(pattern).steps * (UNICODE_PROPERTY.test(pattern) ? LOOK_UP : 1)
  }, 0)

/** A text without what a mask finds; `undefined` for one that was not searched, of which nobody knows what is in it. */
export type Search = (text: string) => string | undefined

/**
 * The mask for the texts of one request, which leaves those unsearched that may cost more than what is left of the budget.
 * Counted by what a search may cost and not by a clock, so that the same texts give the same every time. A text that was
 * searched already costs nothing.
 */
export const withinBudget = (mask: Mask, perCharacter: number): Search => {
  const known = new Map<string, string>()
  let left = MAX_COMPARISONS
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const comparisons = text.length * perCharacter
    if (comparisons > left) return undefined
    left -= comparisons
    const masked = mask(text)
    known.set(text, masked)
    return masked
  }
}
