/** Longest string kept, tried in turn until the whole fits. */
const STRING_LIMITS = [65_536, 8192, 1024, 128] as const

/** Deeper than any request makes sense, and shallow enough for everybody who walks the value. */
const MAX_DEPTH = 200

/** Bytes set aside for the end of an array or object: its bracket, and a note of what was left out. */
const ENDING = 64

const MEMBER = "spangate_cut"

/**
 * A parsed JSON value made to fit `limit` bytes by cutting inside its strings, so that it stays parseable and says what
 * was left out. Where it has too many values for that, those behind the first that fit are left out as well.
 * Never throws, and its work is bounded by the limit, however large or deep the value.
 */
export const cutJson = (value: unknown, limit: number): Uint8Array => {
  for (const [index, longest] of STRING_LIMITS.entries()) {
    const cutter = new Cutter(longest, limit)
    if (!cutter.write("", value, 0)) continue
    const shorter = STRING_LIMITS[index + 1]
    // Shorter strings make no room when none was longer.
    if (!cutter.leftOut || shorter === undefined || cutter.longestSeen <= shorter) return Buffer.from(cutter.text)
  }
  return Buffer.from(`{"${MEMBER}":"…"}`)
}

class Cutter {
  text = ""
  leftOut = false
  longestSeen = 0
  private left: number
  private readonly longest: number

  constructor(longest: number, limit: number) {
    this.longest = longest
    this.left = limit
  }

  /** False where there is no room for as much as the start of it. */
  write(before: string, value: unknown, depth: number): boolean {
    if (typeof value === "string") return this.put(before + this.quote(value), 0)
    if (typeof value !== "object" || value === null) return this.put(before + JSON.stringify(value), 0)
    if (depth === MAX_DEPTH) return this.put(`${before}"[nested too deep]"`, 0)
    const isArray = Array.isArray(value)
    if (!this.put(before + (isArray ? "[" : "{"), ENDING)) return false
    const note = isArray ? this.items(value, depth + 1) : this.members(value, depth + 1)
    this.left += ENDING
    return this.put(note + (isArray ? "]" : "}"), 0)
  }

  /** Gives back the note of what was left out. */
  private items(items: ReadonlyArray<unknown>, depth: number): string {
    for (let i = 0; i < items.length; i++) {
      if (!this.write(i === 0 ? "" : ",", items[i], depth)) return this.note(i === 0 ? "" : ",", items.length - i)
    }
    return ""
  }

  private members(object: object, depth: number): string {
    const entries = Object.entries(object)
    for (const [i, [key, value]] of entries.entries()) {
      const comma = i === 0 ? "" : ","
      if (!this.write(`${comma}${this.quote(key)}:`, value, depth)) {
        return this.note(`${comma}"${MEMBER}":`, entries.length - i)
      }
    }
    return ""
  }

  private note(before: string, count: number): string {
    this.leftOut = true
    return `${before}"… [${count} left out]"`
  }

  private quote(text: string): string {
    if (text.length > this.longestSeen) this.longestSeen = text.length
    return JSON.stringify(text.length > this.longest ? cutString(text, this.longest) : text)
  }

  private put(text: string, setAside: number): boolean {
    const bytes = Buffer.byteLength(text) + setAside
    if (bytes > this.left) return false
    this.left -= bytes
    this.text += text
    return true
  }
}

const cutString = (text: string, longest: number): string => {
  const last = text.charCodeAt(longest - 1)
  const keep = last >= 0xd800 && last <= 0xdbff ? longest - 1 : longest
  return `${text.slice(0, keep)}… [${text.length - keep} characters cut]`
}
