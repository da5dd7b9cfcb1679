/** Bins grow by 3 %, so that their middle is within 1.5 % of every duration in them. Bin 0 is for what is shorter than a microsecond. */
const ERROR = 0.015
const GROWTH = (1 + ERROR) / (1 - ERROR)
const SHORTEST_MS = 0.001

/** SQL for the bin of a duration in milliseconds. */
export const binOf = (ms: string): string =>
  `toUInt16(if(${ms} > ${SHORTEST_MS}, ceil(log(${ms} / ${SHORTEST_MS}) / ${Math.log(GROWTH)}), 0))`

/** Milliseconds that stand for a bin. */
export const middleOf = (bin: number): number => (bin === 0 ? 0 : (SHORTEST_MS * GROWTH ** bin * 2) / (GROWTH + 1))

/**
 * SQL for the bins in which the 50th, 95th and 99th percentile lie, by the nearest rank; none of nothing. `bins` is what
 * `sumMap` gives: bins in order, and their counts.
 */
export const percentileBins = (bins: string): string =>
  `if(empty(${bins}.1), [], arrayMap(
    share -> ${bins}.1[arrayFirstIndex(sum -> sum >= ceil(share * arraySum(${bins}.2)), arrayCumSum(${bins}.2))],
    [0.5, 0.95, 0.99]
  ))`
