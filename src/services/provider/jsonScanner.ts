/**
 * Walks the members of a JSON object by its bytes, without parsing values: what the hot path needs to exchange one
 * member and leave every other byte as it was. The bytes are taken to be JSON; where they end early, or are none,
 * the walk stops and says so.
 */

const QUOTE = 34
const BACKSLASH = 92
const COMMA = 44
const COLON = 58
const OPEN_BRACE = 123
const CLOSE_BRACE = 125
const OPEN_BRACKET = 91
const CLOSE_BRACKET = 93

/** Short strings end within this many bytes; past it the native search is faster than a loop. */
const LOOP_BYTES = 32

/** Where a member's key (with its quotes) and value lie; ends are exclusive. */
export type VisitMember = (keyStart: number, keyEnd: number, valueStart: number, valueEnd: number) => void

/** Visits each member of the object whose `{` is at `open`. Returns the index of its `}`, or -1 where there is none. */
export const scanObject = (bytes: Uint8Array, open: number, visit: VisitMember): number => {
  let at = open + 1
  while (at < bytes.length) {
    at = skipSpace(bytes, at)
    const byte = bytes[at]
    if (byte === CLOSE_BRACE) return at
    if (byte === COMMA) {
      at++
      continue
    }
    if (byte !== QUOTE) return -1
    const keyStart = at
    const keyEnd = skipString(bytes, at)
    if (keyEnd === -1) return -1
    at = skipSpace(bytes, keyEnd)
    if (bytes[at] !== COLON) return -1
    const valueStart = skipSpace(bytes, at + 1)
    const valueEnd = skipValue(bytes, valueStart)
    if (valueEnd === -1) return -1
    visit(keyStart, keyEnd, valueStart, valueEnd)
    at = valueEnd
  }
  return -1
}

/** Whether the key between the two offsets, quotes included, reads as `name` (ASCII). */
export const keyIs = (bytes: Uint8Array, start: number, end: number, name: string): boolean => {
  const length = end - start - 2
  if (length === name.length) {
    for (let i = 0; i < length; i++) {
      if (bytes[start + 1 + i] !== name.charCodeAt(i)) return false
    }
    return true
  }
  // `"mod\u0065l"` is the same key to whoever parses the body.
  if (length < name.length || bytes.subarray(start, end).indexOf(BACKSLASH) === -1) return false
  return decodeKey(bytes.subarray(start, end)) === name
}

const decoder = new TextDecoder()

const decodeKey = (key: Uint8Array): unknown => {
  try {
    return JSON.parse(decoder.decode(key))
  } catch {
    return undefined
  }
}

export const skipSpace = (bytes: Uint8Array, at: number): number => {
  for (; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) break
  }
  return at
}

/** The index after the value that starts at `at`, or -1 where the bytes end before it does. */
export const skipValue = (bytes: Uint8Array, at: number): number => {
  const first = bytes[at]
  if (first === QUOTE) return skipString(bytes, at)
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return skipNested(bytes, at)
  for (; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET) return at
    if (byte === 32 || byte === 10 || byte === 13 || byte === 9) return at
  }
  return -1
}

const skipNested = (bytes: Uint8Array, at: number): number => {
  let depth = 0
  while (at < bytes.length) {
    const byte = bytes[at]
    if (byte === QUOTE) {
      at = skipString(bytes, at)
      if (at === -1) return -1
      continue
    }
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return at + 1
    at++
  }
  return -1
}

const skipString = (bytes: Uint8Array, open: number): number => {
  let at = open + 1
  for (;;) {
    const near = Math.min(bytes.length, at + LOOP_BYTES)
    while (at < near) {
      const byte = bytes[at]
      if (byte === QUOTE) return at + 1
      at += byte === BACKSLASH ? 2 : 1
    }
    const quote = bytes.indexOf(QUOTE, at)
    if (quote === -1) return -1
    let escape = quote
    while (escape > at && bytes[escape - 1] === BACKSLASH) escape--
    if ((quote - escape) % 2 === 0) return quote + 1
    at = quote + 1
  }
}
