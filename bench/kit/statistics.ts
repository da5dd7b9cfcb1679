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

export const number = (value: number, digits: number): string => formatted(value, digits, "auto")

type Sign = "auto" | "exceptZero"

const formatted = (value: number, digits: number, signDisplay: Sign): string =>
  value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay })

/** `12.3 (11.8 to 12.9)`: the median of the rounds, and between what they lay. A difference shows its sign. */
export const spread = (values: ReadonlyArray<number>, digits: number, sign: Sign = "auto"): string => {
  const of = (value: number) => formatted(value, digits, sign)
  return values.length === 1
    ? of(median(values))
    : `${of(median(values))} (${of(Math.min(...values))} to ${of(Math.max(...values))})`
}
