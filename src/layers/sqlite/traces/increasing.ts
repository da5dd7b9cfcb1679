/*
 * Numbers, each no smaller than the one before, as LEB128 distances from one to the next; the first from a base that is
 * known otherwise.
 */

/** Bytes of the longest distance, which has 53 bits. */
const LONGEST = 8

export class IncreasingWriter {
  #bytes = new Uint8Array(2048)
  #length = 0
  #last = 0

  /** Bytes so far. */
  get length(): number {
    return this.#length
  }

  add(number: number): void {
    let rest = number - this.#last
    this.#last = number
    if (this.#length + LONGEST > this.#bytes.length) this.#grow()
    while (rest >= 0x80) {
      const more = Math.floor(rest / 0x80)
      this.#bytes[this.#length++] = (rest - more * 0x80) | 0x80
      rest = more
    }
    this.#bytes[this.#length++] = rest
  }

  /** Starts anew: what was written is forgotten, and distances are from `base` on. */
  begin(base: number): void {
    this.#length = 0
    this.#last = base
  }

  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #grow(): void {
    const bytes = new Uint8Array(2 * this.#bytes.length)
    bytes.set(this.#bytes)
    this.#bytes = bytes
  }
}

export class IncreasingReader {
  readonly #bytes: Uint8Array
  #at = 0
  #last: number

  constructor(bytes: Uint8Array, base = 0) {
    this.#bytes = bytes
    this.#last = base
  }

  /** Infinity after the last. */
  next(): number {
    const bytes = this.#bytes
    if (this.#at >= bytes.length) return Number.POSITIVE_INFINITY
    let byte = bytes[this.#at++] ?? 0
    if (byte < 0x80) {
      this.#last += byte
      return this.#last
    }
    let distance = byte & 0x7f
    let scale = 0x80
    do {
      byte = bytes[this.#at++] ?? 0
      distance += (byte & 0x7f) * scale
      scale *= 0x80
    } while (byte >= 0x80)
    this.#last += distance
    return this.#last
  }
}

export const encodeIncreasing = (numbers: Iterable<number>): Uint8Array => {
  const writer = new IncreasingWriter()
  for (const number of numbers) writer.add(number)
  return writer.toBytes()
}

/** Those at the given places, which are in order. */
export const numbersAt = (bytes: Uint8Array, places: ReadonlyArray<number>): ReadonlyArray<number> => {
  const reader = new IncreasingReader(bytes)
  const found: Array<number> = []
  let read = 0
  for (const place of places) {
    for (; read < place; read++) reader.next()
    found.push(reader.next())
    read += 1
  }
  return found
}
