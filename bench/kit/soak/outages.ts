import type { FlappingMode } from "../flappingSink.ts"
import { seeded } from "../random.ts"

/** What the destination does for a while. Seconds since the start. */
export interface Stretch {
  readonly mode: FlappingMode
  readonly from: number
  readonly to: number
}

/** Least and most seconds. Refused for good is short: each trace then becomes a letter on the disk. */
const LENGTHS: { readonly [mode in FlappingMode]: readonly [least: number, most: number] } = {
  ok: [6, 18],
  partial: [5, 15],
  unavailable: [5, 20],
  refusing: [2, 3],
  hanging: [5, 15],
  gone: [5, 20]
}

const TROUBLES = ["unavailable", "gone", "partial", "hanging", "refusing"] as const

/**
 * Well, then in trouble, then well again, for so many seconds, and well at the end. Every kind of trouble comes before
 * any comes again; order and lengths depend on the seed.
 */
export const outages = (seed: number, seconds: number): ReadonlyArray<Stretch> => {
  const random = seeded(seed)
  const lengthOf = (mode: FlappingMode) => {
    const [least, most] = LENGTHS[mode]
    return least + random() * (most - least)
  }
  const stretches: Array<Stretch> = []
  let hand: Array<FlappingMode> = []
  let from = 0
  const add = (mode: FlappingMode, length: number) => {
    stretches.push({ mode, from, to: from + length })
    from += length
  }
  while (true) {
    const [well, [trouble = "gone", ...rest]] = [lengthOf("ok"), hand.length > 0 ? hand : shuffled(TROUBLES, random)]
    const length = lengthOf(trouble)
    if (from + well + length + LENGTHS.ok[0] > seconds) break
    hand = rest
    add("ok", well)
    add(trouble, length)
  }
  add("ok", seconds - from)
  return stretches
}

const shuffled = <A>(all: ReadonlyArray<A>, random: () => number): Array<A> =>
  all
    .map((each) => ({ each, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ each }) => each)
