/** Numbers drawn from a seed: the same seed, the same numbers. */
export interface Draw {
  /** In [0, 1). */
  readonly next: () => number
  /** Both ends included. */
  readonly int: (from: number, to: number) => number
  readonly chance: (probability: number) => boolean
  /** Of a list that is not empty. */
  readonly pick: <A>(values: ReadonlyArray<A>) => A
  /** Lower-case digits, the first of them never zero. */
  readonly hex: (digits: number) => string
}

/** FNV-1a, to make a number of the seed's text. */
const hash = (text: string): number => {
  let value = 0x811c9dc5
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return value
}

/** Mulberry32: small, and even enough for schedules. */
export const drawFrom = (seed: string): Draw => {
  let state = hash(seed)
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const int = (from: number, to: number) => from + Math.floor(next() * (to - from + 1))
  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick: <A>(values: ReadonlyArray<A>) => values[int(0, values.length - 1)] as A,
    hex: (digits) =>
      int(1, 15).toString(16) + Array.from({ length: digits - 1 }, () => int(0, 15).toString(16)).join("")
  }
}
