import type { StoredSpan } from "./TraceSummary.ts"

/** Runs of letters, digits and marks: what a word is, in a search and in what is searched. */
const WORD = /[\p{L}\p{N}\p{M}]+/gu
const TERMS = 16
const NESTING = 64

/** The different words of a search, in small letters, at most sixteen; none where the text has no letter or digit. */
export const searchTerms = (text: string): ReadonlyArray<string> =>
  [...new Set(text.toLowerCase().match(WORD) ?? [])].slice(0, TERMS)

/** Whether every term is a word of the content: what a store's own index must find, no more and no less. */
export const hasTerms = (content: string, terms: ReadonlyArray<string>): boolean => {
  const lower = content.toLowerCase()
  return terms.every((term) => hasWord(lower, term))
}

const hasWord = (lower: string, word: string): boolean => {
  for (let at = lower.indexOf(word); at !== -1; at = lower.indexOf(word, at + 1)) {
    const end = at + word.length
    if (!IN_WORD.test(characterBefore(lower, at)) && !IN_WORD.test(lower.slice(end, end + 2))) return true
  }
  return false
}

const IN_WORD = /^[\p{L}\p{N}\p{M}]/u

// Not by a pattern that ends in `$`: V8 then misses what takes two units.
const characterBefore = (text: string, at: number): string => {
  const isPair = isSurrogate(text, at - 1, 0xdc00) && isSurrogate(text, at - 2, 0xd800)
  return text.slice(Math.max(0, isPair ? at - 2 : at - 1), at)
}

const isSurrogate = (text: string, at: number, half: 0xd800 | 0xdc00): boolean =>
  (text.charCodeAt(at) & 0xfc00) === half

/** What was said, by span attribute; the raw bodies only where nobody could read them as messages. */
const SOURCES = [
  ["gen_ai.system_instructions"],
  ["gen_ai.input.messages", "tfy.input"],
  ["gen_ai.output.messages", "tfy.output"],
  ["gateway.provider_error"]
] as const

/** The captured content of a request as plain text: the words of prompts, answers and error bodies, without their JSON. */
export const searchableContent = (spans: ReadonlyArray<StoredSpan>): string => {
  const parts: Array<string> = []
  for (const names of SOURCES) {
    for (const name of names) {
      const text = lastOf(spans, name)
      if (text === undefined) continue
      collect(parseSafely(text), parts, 0)
      break
    }
  }
  return parts.join("\n")
}

const lastOf = (spans: ReadonlyArray<StoredSpan>, name: string): string | undefined => {
  for (let at = spans.length - 1; at >= 0; at--) {
    const value = spans[at]?.attributes[name]
    if (typeof value === "string") return value
  }
  return undefined
}

const collect = (value: unknown, into: Array<string>, depth: number): void => {
  if (typeof value === "string") into.push(value)
  else if (typeof value === "number") into.push(String(value))
  else if (typeof value === "object" && value !== null && depth < NESTING) {
    for (const each of Object.values(value)) collect(each, into, depth + 1)
  }
}

// A cut body is searched as it stands.
const parseSafely = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
