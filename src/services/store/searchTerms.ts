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
  const wanted = new Set(terms)
  if (wanted.size === 0) return true
  for (const [word] of content.toLowerCase().matchAll(WORD)) if (wanted.delete(word) && wanted.size === 0) return true
  return false
}

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
