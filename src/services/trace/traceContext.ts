/**
 * W3C Trace Context, level 2: reading what a caller sent and writing what a provider may see.
 * On the path of every request, so each header is read in one pass over its characters.
 */
export interface TraceParent {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string
  /** 16 lower-case hex digits, not all zero. */
  readonly spanId: string
  /** Sampled (1) and random (2); bits that the specification does not define are 0. */
  readonly flags: number
}

const LENGTH = 55
const KNOWN_FLAGS = 0x03

/**
 * Undefined when the header is not valid, and then a new trace starts and `tracestate` must not be read.
 * Versions after 00 are read by their first 55 characters. A repeated header, joined by a comma, is not valid.
 */
export const parseTraceparent = (value: string): TraceParent | undefined => {
  const header = isBlank(value.charCodeAt(0)) || isBlank(value.charCodeAt(value.length - 1)) ? value.trim() : value
  if (header.length < LENGTH) return undefined
  if (header.charCodeAt(2) !== DASH || header.charCodeAt(35) !== DASH || header.charCodeAt(52) !== DASH)
    return undefined
  const version = hexByte(header, 0)
  if (version < 0 || version === 0xff) return undefined
  if (header.length > LENGTH && (version === 0 || header.charCodeAt(LENGTH) !== DASH)) return undefined
  if (!isId(header, 3, 35) || !isId(header, 36, 52)) return undefined
  const flags = hexByte(header, 53)
  if (flags < 0) return undefined
  return { traceId: header.slice(3, 35), spanId: header.slice(36, 52), flags: flags & KNOWN_FLAGS }
}

/** The header for a call that `spanId` makes. */
export const formatTraceparent = ({ traceId, spanId, flags }: TraceParent): string =>
  `00-${traceId}-${spanId}-${(flags & 0xff).toString(16).padStart(2, "0")}`

const MAX_MEMBERS = 32
const MAX_LENGTH = 256

/**
 * The header's lines as one list, without the blanks and empty members that the grammar allows around its commas.
 * Undefined when nothing is in it, or when any member is not valid or there are more than 32: never a part of it.
 */
export const parseTracestate = (values: string | ReadonlyArray<string>): string | undefined => {
  const header = typeof values === "string" ? values : values.join(",")
  let out = ""
  let members = 0
  let from = 0
  while (from <= header.length) {
    const comma = header.indexOf(",", from)
    const to = comma === -1 ? header.length : comma
    let start = from
    let end = to
    while (start < end && isBlank(header.charCodeAt(start))) start++
    while (end > start && isBlank(header.charCodeAt(end - 1))) end--
    if (end > start) {
      if (++members > MAX_MEMBERS || !isMember(header, start, end)) return undefined
      // The usual header needs no copy.
      if (start === 0 && end === header.length) return header
      out += out === "" ? header.slice(start, end) : `,${header.slice(start, end)}`
    }
    from = to + 1
  }
  return out === "" ? undefined : out
}

const DASH = 0x2d
const EQUALS = 0x3d

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39

const isLower = (code: number): boolean => code >= 0x61 && code <= 0x7a

/** -1 for anything but a lower-case hex digit. */
const hexDigit = (code: number): number =>
  isDigit(code) ? code - 0x30 : code >= 0x61 && code <= 0x66 ? code - 0x57 : -1

const hexByte = (text: string, at: number): number => {
  const high = hexDigit(text.charCodeAt(at))
  const low = hexDigit(text.charCodeAt(at + 1))
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

const isId = (text: string, from: number, to: number): boolean => {
  let seen = 0
  for (let i = from; i < to; i++) {
    const digit = hexDigit(text.charCodeAt(i))
    if (digit < 0) return false
    seen |= digit
  }
  return seen !== 0
}

const isMember = (text: string, start: number, end: number): boolean => {
  const first = text.charCodeAt(start)
  if (!isLower(first) && !isDigit(first)) return false
  let i = start + 1
  while (i < end && isKeyCode(text.charCodeAt(i))) i++
  if (i - start > MAX_LENGTH || i >= end - 1 || text.charCodeAt(i) !== EQUALS) return false
  if (end - i - 1 > MAX_LENGTH) return false
  for (i++; i < end; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code > 0x7e || code === EQUALS) return false
  }
  return true
}

/** `_ - * / @`, beside letters and digits. */
const isKeyCode = (code: number): boolean =>
  isLower(code) || isDigit(code) || code === 0x5f || code === DASH || code === 0x2a || code === 0x2f || code === 0x40
