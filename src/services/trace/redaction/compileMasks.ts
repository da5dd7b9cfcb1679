import type { MaskRule } from "../../config/CompiledConfig.ts"
import { sha256 } from "../sha256.ts"
import { findCardNumbers } from "./findCardNumbers.ts"
import { type FindAndReplace, findApiKeys, findEmails, findPattern } from "./findSecrets.ts"
import { type Mask, maskJson } from "./maskJson.ts"
import { comparisonsPerCharacter, type Spend } from "./searchBudget.ts"
import { withoutCutWords } from "./withoutCutWords.ts"

const HASH_DIGITS = 16

/** What SHA-256 takes, in the comparisons of a search that take as long: of any value, and for each of its characters. */
const HASH = 2 ** 12
const HASHED = 2 ** 5

/** Of a character written, beside the search for all patterns that it may be put through: keeps the text from growing much. */
const WRITTEN = 2 ** 5

/**
 * All rules as one mask for values, in their order. What a cut left of a secret goes too. Each replacement is paid for;
 * one for which there is no room is left out, and the text is nothing to be shown.
 */
export const compileMasks = (rules: ReadonlyArray<MaskRule>): ((spend: Spend) => Mask) => {
  const perWritten = WRITTEN + comparisonsPerCharacter(rules)
  const compiled = rules.map((rule) => ({ find: finder(rule), replaceWith: replacement(rule, perWritten) }))
  return (spend) => {
    const masks = compiled.map(({ find, replaceWith }): Mask => {
      const replace = replaceWith(spend)
      return (text) => find(text, replace)
    })
    return maskJson((text) => masks.reduce((clean, mask) => mask(clean), withoutCutWords(text)))
  }
}

const finder = ({ kind, pattern }: MaskRule): FindAndReplace => {
  switch (kind) {
    case "api-key":
      return findApiKeys
    case "email":
      return findEmails
    case "card-number":
      return findCardNumbers
    case "custom":
      return pattern === undefined ? (text) => text : findPattern(pattern)
  }
}

const replacement = (rule: MaskRule, perWritten: number): ((spend: Spend) => (found: string) => string) => {
  const name = `[${rule.kind}]`
  if (rule.with === "mask") return (spend) => () => (spend(name.length * perWritten) ? name : "")
  const written = (name.length + 1 + HASH_DIGITS) * perWritten
  return (spend) => (found) =>
    spend(HASH + found.length * HASHED + written) ? `[${rule.kind}:${sha256(found).slice(0, HASH_DIGITS)}]` : ""
}
