import type { MaskRule } from "../../config/CompiledConfig.ts"
import { sha256 } from "../sha256.ts"
import { findCardNumbers } from "./findCardNumbers.ts"
import { type FindAndReplace, findApiKeys, findEmails, findPattern } from "./findSecrets.ts"
import { type Mask, maskJson } from "./maskJson.ts"
import { withoutCutWords } from "./withoutCutWords.ts"

const HASH_DIGITS = 16

/** All rules as one mask for values, in their order. What a cut left of a secret goes too. */
export const compileMasks = (rules: ReadonlyArray<MaskRule>): Mask => {
  const masks = rules.map((rule): Mask => {
    const find = finder(rule)
    const replace = replacement(rule)
    return (text) => find(text, replace)
  })
  return maskJson((text) => masks.reduce((clean, mask) => mask(clean), withoutCutWords(text)))
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

const replacement = (rule: MaskRule): ((found: string) => string) =>
  rule.with === "hash" ? (found) => `[${rule.kind}:${sha256(found).slice(0, HASH_DIGITS)}]` : () => `[${rule.kind}]`
