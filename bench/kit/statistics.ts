/** Numbers in rising order. */
const sorted = (values: ReadonlyArray<number>): Array<number> => [...values].sort((a, b) => a - b)

/** The value that `share` (0 to 1) of the others do not exceed. */
export const quantile = (values: ReadonlyArray<number>, share: number): number => {
  const ordered = sorted(values)
  return ordered[Math.min(ordered.length - 1, Math.ceil(share * ordered.length) - 1)] ?? Number.NaN
}

export const median = (values: ReadonlyArray<number>): number => {
  const ordered = sorted(values)
  const middle = ordered.length >> 1
  return ordered.length % 2 === 1
    ? (ordered[middle] ?? Number.NaN)
    : ((ordered[middle - 1] ?? Number.NaN) + (ordered[middle] ?? Number.NaN)) / 2
}

export const mean = (values: ReadonlyArray<number>): number =>
  values.reduce((sum, each) => sum + each, 0) / values.length

/** `12.3 (11.8–12.9)`: the median of the rounds, and between what they lay. */
export const spread = (values: ReadonlyArray<number>, digits: number): string =>
  values.length === 1
    ? number(values[0] ?? Number.NaN, digits)
    : `${number(median(values), digits)} (${number(Math.min(...values), digits)} to ${number(Math.max(...values), digits)})`

export const number = (value: number, digits: number): string =>
  value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })
