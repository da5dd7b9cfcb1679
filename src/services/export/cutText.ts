/** What the note of a cut takes at most. */
const NOTE_BYTES = 32

const encoder = new TextEncoder()

/** UTF-16 units of `text` that fit in `bytes` bytes of UTF-8, never half a character. */
export const unitsWithin = (text: string, bytes: number): number =>
  encoder.encodeInto(text, new Uint8Array(Math.max(0, bytes))).read

/**
 * A text cut to `limit` bytes of UTF-8, with a note of how many are gone where there is room for one. `boundary` moves
 * the end of what is kept to where it may end.
 */
export const cutText = (
  text: string,
  limit: number,
  boundary: (text: string, end: number) => number = same
): string => {
  const size = Buffer.byteLength(text)
  if (size <= limit) return text
  const kept = text.slice(0, boundary(text, unitsWithin(text, limit - NOTE_BYTES)))
  return limit < NOTE_BYTES ? kept : `${kept}… [${size - Buffer.byteLength(kept)} bytes cut]`
}

const same = (_text: string, end: number): number => end

/**
 * The most that each of `sizes` may keep for all to fit in `room` together: what is small stays whole, and what is
 * larger shares the rest alike. `Infinity` where nothing has to be cut.
 */
export const waterLevel = (sizes: ReadonlyArray<number>, room: number): number => {
  const ascending = [...sizes].sort((a, b) => a - b)
  let left = room
  for (const [index, size] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - index))
    if (size > share) return share
    left -= size
  }
  return Number.POSITIVE_INFINITY
}
