/** Exchanges words of a text; gives the same text where there is nothing to exchange. */
export type Mask = (text: string) => string

/**
 * A mask for values: what is JSON stays JSON. There the mask sees each string as it reads, without its escapes, and
 * strings that hold JSON themselves the same way; a number that it would change becomes a string. All other bytes stay.
 */
export const maskJson = (mask: Mask): Mask => {
  const masked: Mask = (text) => (isJson(text) ? maskLiterals(text, masked) : mask(text))
  return masked
}

const isJson = (text: string): boolean => {
  if (!/^[ \t\r\n]*[{[]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Of a text that is JSON: whatever is not in quotes is a number, a word or a sign. */
const maskLiterals = (json: string, mask: Mask): string => {
  let out = ""
  let copied = 0
  let at = 0
  const put = (start: number, end: number, literal: string) => {
    out += json.slice(copied, start) + literal
    copied = end
  }
  while (at < json.length) {
    const found = json.indexOf('"', at)
    const open = found === -1 ? json.length : found
    maskNumbers(json, at, open, mask, put)
    if (open === json.length) break
    const end = endOfString(json, open)
    const text: string = JSON.parse(json.slice(open, end))
    const masked = mask(text)
    if (masked !== text) put(open, end, JSON.stringify(masked))
    at = end
  }
  return copied === 0 ? json : out + json.slice(copied)
}

const NUMBER = /-?\d[\d.eE+-]*/g

const maskNumbers = (
  json: string,
  from: number,
  to: number,
  mask: Mask,
  put: (start: number, end: number, literal: string) => void
): void => {
  for (const { 0: digits, index } of json.slice(from, to).matchAll(NUMBER)) {
    const masked = mask(digits)
    if (masked !== digits) put(from + index, from + index + digits.length, JSON.stringify(masked))
  }
}

/** Past the closing quote of the string that opens here. */
const endOfString = (json: string, open: number): number => {
  let close = json.indexOf('"', open + 1)
  while (isEscaped(json, close)) close = json.indexOf('"', close + 1)
  return close + 1
}

const isEscaped = (json: string, at: number): boolean => {
  let backslashes = 0
  while (json.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes++
  return backslashes % 2 === 1
}
