import type { Term } from "./termBlock.ts"

/** The terms of traces, by place, in the order of their hashes. What is given is used again for the next. */
export function* termsOf(traces: ReadonlyArray<Int32Array>): Generator<Term, void> {
  const numbers = new TermNumbers()
  const ofPostings = new Uint32Array(traces.reduce((sum, { length }) => sum + length, 0))
  let posting = 0
  for (const hashes of traces) for (const hash of hashes) ofPostings[posting++] = numbers.of(hash)

  // Counted, then laid out: far quicker than to sort as many.
  const ends = new Uint32Array(numbers.size)
  for (const number of ofPostings) ends[number] = (ends[number] ?? 0) + 1
  const hashes = numbers.hashes().sort()
  let sum = 0
  for (const hash of hashes) {
    const number = numbers.of(hash)
    const count = ends[number] ?? 0
    ends[number] = sum
    sum += count
  }
  const places = new Uint16Array(ofPostings.length)
  posting = 0
  for (const [place, { length }] of traces.entries()) {
    for (let at = 0; at < length; at++) {
      const number = ofPostings[posting++] ?? 0
      const end = ends[number] ?? 0
      places[end] = place
      ends[number] = end + 1
    }
  }

  const term = { hash: 0, places, from: 0, to: 0 }
  for (const hash of hashes) {
    term.from = term.to
    term.hash = hash
    term.to = ends[numbers.of(hash)] ?? 0
    yield term
  }
}

/** Numbers different hashes as they come: a third of the time that a `Map` takes. */
class TermNumbers {
  /** 0 where there is none, which no hash is. */
  #hashes = new Uint32Array(2 ** 15)
  #numbers = new Uint32Array(2 ** 15)
  size = 0

  of(hash: number): number {
    const unsigned = hash >>> 0
    const mask = this.#hashes.length - 1
    let slot = unsigned & mask
    while (this.#hashes[slot] !== 0) {
      if (this.#hashes[slot] === unsigned) return this.#numbers[slot] ?? 0
      slot = (slot + 1) & mask
    }
    this.#hashes[slot] = unsigned
    this.#numbers[slot] = this.size++
    if (2 * this.size > this.#hashes.length) this.#grow()
    return this.size - 1
  }

  /** In no order. */
  hashes(): Uint32Array {
    return this.#hashes.filter((hash) => hash !== 0)
  }

  #grow(): void {
    const [hashes, numbers] = [this.#hashes, this.#numbers]
    this.#hashes = new Uint32Array(2 * hashes.length)
    this.#numbers = new Uint32Array(2 * hashes.length)
    const mask = this.#hashes.length - 1
    for (const [at, hash] of hashes.entries()) {
      if (hash === 0) continue
      let slot = hash & mask
      while (this.#hashes[slot] !== 0) slot = (slot + 1) & mask
      this.#hashes[slot] = hash
      this.#numbers[slot] = numbers[at] ?? 0
    }
  }
}
