import type { TraceFilter } from "../../../services/store/TraceQuery.ts"

/*
 * How large a trace's sizes are, in a byte each, by its place in a block: whether it can fit a filter shows without its
 * row, which would be a page of its own.
 */

/** Bytes of a trace: the class of its tokens, then of its duration. */
export const SIZES = 2
const TOKENS = 0
const DURATION = 1

const STEPS_PER_DOUBLING = 8
const LARGEST = 255

/** A number's class: 9 % wide, and the larger the number, never the smaller. Class 0 is for what is not positive. */
export const sizeClass = (size: number): number =>
  size > 0 ? Math.min(LARGEST, Math.max(1, 1 + Math.floor(STEPS_PER_DOUBLING * Math.log2(size)))) : 0

/** Classes that a size of a trace may have. */
export interface SizeRange {
  readonly size: number
  readonly least: number
  readonly most: number
}

/** What a filter asks of sizes; whatever fits the filter is in these. */
export const sizeRangesOf = ({ maxTokens, minDurationMs, minTokens }: TraceFilter): ReadonlyArray<SizeRange> => {
  const ranges: Array<SizeRange> = []
  if (minTokens !== undefined) ranges.push({ size: TOKENS, least: sizeClass(minTokens), most: LARGEST })
  if (maxTokens !== undefined) ranges.push({ size: TOKENS, least: 0, most: sizeClass(maxTokens) })
  if (minDurationMs !== undefined) ranges.push({ size: DURATION, least: sizeClass(minDurationMs), most: LARGEST })
  return ranges
}

export const isWithin = (sizes: Uint8Array, place: number, ranges: ReadonlyArray<SizeRange>): boolean =>
  ranges.every(({ least, most, size }) => {
    const found = sizes[SIZES * place + size] ?? 0
    return found >= least && found <= most
  })
