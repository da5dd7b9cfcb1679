/** A set of sequences as ranges, ends included, rising and apart: what a consumer settles is a few long runs. */
export type Sequences = ReadonlyArray<readonly [from: number, to: number]>

export const has = (all: Sequences, sequence: number): boolean =>
  all.some(([from, to]) => from <= sequence && sequence <= to)

export const highest = (all: Sequences): number => all.at(-1)?.[1] ?? 0

export const add = (all: Sequences, sequences: ReadonlyArray<number>): Sequences =>
  join([...all, ...sequences.map((sequence) => [sequence, sequence] as const)])

/** All from one to another, ends included. */
export const addRange = (all: Sequences, from: number, to: number): Sequences =>
  to < from ? all : join([...all, [from, to]])

const join = (some: Sequences): Sequences => {
  const ranges = [...some].sort(([a], [b]) => a - b)
  const merged: Array<[number, number]> = []
  for (const [from, to] of ranges) {
    const last = merged.at(-1)
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else merged.push([from, to])
  }
  return merged
}

/** Those that do not lie wholly before a sequence. */
export const from = (all: Sequences, first: number): Sequences => all.filter(([, to]) => to >= first)
