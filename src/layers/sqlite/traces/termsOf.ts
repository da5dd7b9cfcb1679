import { release } from "../../system/release.ts"
import type { TermCursor } from "./termBlock.ts"

/** The terms of traces, by place, in the order of their hashes. */
export const termsOf = (traces: ReadonlyArray<Int32Array>): TermCursor => {
  const numbers = new TermNumbers()
  const ofPostings = new Uint32Array(traces.reduce((sum, { length }) => sum + length, 0))
  let posting = 0
  for (const hashes of traces) {
    for (let at = 0; at < hashes.length; at++) ofPostings[posting++] = numbers.of(hashes[at] ?? 0)
  }

  // Counted, then laid out: far quicker than to sort as many.
  const ends = new Uint32Array(numbers.size)
  for (let at = 0; at < ofPostings.length; at++) {
    const number = ofPostings[at] ?? 0
    ends[number] = (ends[number] ?? 0) + 1
  }
  const hashes = numbers.hashes().sort()
  const inOrder = hashes.map((hash) => numbers.of(hash))
  let sum = 0
  for (const number of inOrder) {
    const count = ends[number] ?? 0
    ends[number] = sum
    sum += count
  }
  const places = new Uint16Array(ofPostings.length)
  posting = 0
  for (const [place, { length }] of traces.entries()) {
    for (const end = posting + length; posting < end; posting++) {
      const number = ofPostings[posting] ?? 0
      const at = ends[number] ?? 0
      places[at] = place
      ends[number] = at + 1
    }
  }
  release(ofPostings)
  numbers.release()
  return new LaidOutTerms(
    hashes,
    inOrder.map((number) => ends[number] ?? 0),
    places
  )
}

class LaidOutTerms implements TermCursor {
  readonly #hashes: Uint32Array
  readonly #ends: Uint32Array
  readonly places: Uint16Array
  #next = 0
  hash = 0
  from = 0
  to = 0

  constructor(hashes: Uint32Array, ends: Uint32Array, places: Uint16Array) {
    this.#hashes = hashes
    this.#ends = ends
    this.places = places
  }

  next(): boolean {
    if (this.#next === this.#hashes.length) return false
    this.hash = this.#hashes[this.#next] ?? 0
    this.from = this.to
    this.to = this.#ends[this.#next] ?? 0
    this.#next += 1
    return true
  }
}

/** Numbers different hashes as they come: a third of the time that a `Map` takes. */
class TermNumbers {
  /** A hash and its number by turns; 0 where there is none, which no hash is. */
  #slots = new Uint32Array(2 ** 17)
  #mask = this.#slots.length - 1
  size = 0

  of(hash: number): number {
    const unsigned = hash >>> 0
    let slot = (unsigned << 1) & this.#mask
    while (this.#slots[slot] !== 0) {
      if (this.#slots[slot] === unsigned) return this.#slots[slot + 1] ?? 0
      slot = (slot + 2) & this.#mask
    }
    this.#slots[slot] = unsigned
    this.#slots[slot + 1] = this.size++
    if (4 * this.size > this.#slots.length) this.#grow()
    return this.size - 1
  }

  /** In no order. */
  hashes(): Uint32Array {
    const hashes = new Uint32Array(this.size)
    for (let slot = 0; slot < this.#slots.length; slot += 2) {
      const hash = this.#slots[slot] ?? 0
      if (hash !== 0) hashes[this.#slots[slot + 1] ?? 0] = hash
    }
    return hashes
  }

  /** To be called at the end. */
  release(): void {
    release(this.#slots)
  }

  #grow(): void {
    const slots = this.#slots
    this.#slots = new Uint32Array(2 * slots.length)
    this.#mask = this.#slots.length - 1
    for (let from = 0; from < slots.length; from += 2) {
      const hash = slots[from] ?? 0
      if (hash === 0) continue
      let slot = (hash << 1) & this.#mask
      while (this.#slots[slot] !== 0) slot = (slot + 2) & this.#mask
      this.#slots[slot] = hash
      this.#slots[slot + 1] = slots[from + 1] ?? 0
    }
  }
}
