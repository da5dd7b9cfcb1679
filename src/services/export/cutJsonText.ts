import { cutText, waterLevel } from "./cutText.ts"

/** Strings up to this many bytes say what a value is, and are left alone. */
const SHORTEST = 64

/** Items that arrays keep, tried in turn when cutting strings is not enough. */
const ITEMS = [1000, 100, 10, 2] as const

/**
 * JSON text cut to `limit` bytes of UTF-8 inside its longest strings, so that it stays JSON of the same shape: keys,
 * numbers and their order are copied as they stand. Where there are too many values for that, arrays keep the first and
 * the last of their items. `undefined` for text that is no JSON, and where even that is too much.
 */
export const cutJsonText = (text: string, limit: number): string | undefined => {
  const value = parsed(text)
  if (value === undefined) return undefined
  const cut = cutStrings(text, limit)
  if (cut !== undefined) return cut
  for (const items of ITEMS) {
    const thinner = thinned(value, items)
    const fitting = thinner === undefined ? undefined : cutStrings(thinner, limit)
    if (fitting !== undefined) return fitting
  }
  return undefined
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

// Fails on what is nested deeper than the stack.
const thinned = (value: unknown, items: number): string | undefined => {
  const tail = items >> 1
  try {
    return JSON.stringify(value, (_key, member: unknown) =>
      Array.isArray(member) && member.length > items
        ? [...member.slice(0, items - tail), ...member.slice(member.length - tail)]
        : member
    )
  } catch {
    return undefined
  }
}

/** A string value between its quotes. */
interface Run {
  readonly start: number
  readonly end: number
  readonly bytes: number
}

const cutStrings = (json: string, limit: number): string | undefined => {
  const runs = longStrings(json)
  const sizes = runs.map((run) => run.bytes)
  const room = limit - Buffer.byteLength(json) + sizes.reduce((sum, bytes) => sum + bytes, 0)
  const level = waterLevel(sizes, room)
  if (room < 0 || level < SHORTEST) return undefined
  let result = ""
  let at = 0
  for (const { start, end } of runs) {
    result += json.slice(at, start) + cutText(json.slice(start, end), level, beforeEscape)
    at = end
  }
  return result + json.slice(at)
}

const longStrings = (json: string): ReadonlyArray<Run> => {
  const runs: Array<Run> = []
  for (let open = json.indexOf('"'); open !== -1; ) {
    const end = closingQuote(json, open)
    const bytes = Buffer.byteLength(json.slice(open + 1, end))
    if (bytes > SHORTEST && !isKey(json, end)) runs.push({ start: open + 1, end, bytes })
    open = json.indexOf('"', end + 1)
  }
  return runs
}

const closingQuote = (json: string, open: number): number => {
  for (let quote = json.indexOf('"', open + 1); ; quote = json.indexOf('"', quote + 1)) {
    if (backslashesBefore(json, quote) % 2 === 0) return quote
  }
}

const backslashesBefore = (json: string, at: number): number => {
  let first = at
  while (json[first - 1] === "\\") first--
  return at - first
}

const isKey = (json: string, quote: number): boolean => /^"\s*:/.test(json.slice(quote, quote + 16))

/** Moves the end out of an escape, and before the first half of an escaped pair. */
const beforeEscape = (raw: string, end: number): number => {
  const at = raw.lastIndexOf("\\", end - 1)
  if (end === 0 || at === -1 || backslashesBefore(raw, at + 1) % 2 === 0) return end
  const length = raw[at + 1] === "u" ? 6 : 2
  if (at + length > end) return beforeEscape(raw, at)
  return at + length === end && /^\\u[dD][89abAB]/.test(raw.slice(at, end)) ? at : end
}
