import type { MaskRule } from "../../config/CompiledConfig.ts"
import { patternCost } from "../../config/patternCost.ts"
import type { Mask } from "./maskJson.ts"

/** What searching the texts of one request and replacing what is found may cost: about half a second at worst. */
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

/** Pays for a replacement, in comparisons; `false` where there is no room for it, nor for any other of the same text. */
export type Spend = (comparisons: number) => boolean

/** A text without what a mask finds; `undefined` for one that was not searched to its end: nobody knows what is in it. */
export type Search = (text: string) => string | undefined

/**
 * The mask for the texts of one request, which leaves those unsearched that may cost more than what is left of the budget,
 * and gives those up whose replacements come to cost more than half of it: the texts behind them shall have some.
 * Counted by what a search may cost and not by a clock, so that the same texts give the same every time. A text that was
 * tried already costs nothing.
 */
export const withinBudget = (maskFor: (spend: Spend) => Mask, perCharacter: number): Search => {
  const known = new Map<string, string | undefined>()
  let left = MAX_COMPARISONS
  let room = 0
  const mask = maskFor((comparisons) => {
    room = comparisons > room ? -1 : room - comparisons
    return room >= 0
  })
  return (text) => {
    if (known.has(text)) return known.get(text)
    const comparisons = text.length * perCharacter
    if (comparisons > left) return undefined
    left -= comparisons
    const most = Math.floor(left / 2)
    room = most
    const masked = mask(text)
    const isWhole = room >= 0
    left -= most - Math.max(room, 0)
    known.set(text, isWhole ? masked : undefined)
    return isWhole ? masked : undefined
  }
}
