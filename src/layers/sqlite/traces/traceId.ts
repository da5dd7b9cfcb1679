/** Places for requests that begin in the same millisecond; one that finds its own taken has the next free one. */
export const PLACES = 2048
/** How far from its own place a row may be looked for: a second. */
export const SLACK = 1000 * PLACES
/** In the year 2096, the last that leaves every id a safe integer. */
const LAST_START = 4e12

/** The row's first choice of an id: its start, in 2048ths of a millisecond. */
export const idOf = (start: number): number => Math.floor(Math.min(Math.max(start, 0), LAST_START) * PLACES)
