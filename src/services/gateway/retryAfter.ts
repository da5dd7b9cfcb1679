const WHOLE_OR_FRACTION = /^\d{1,9}(\.\d{1,9})?$/

/**
 * How long the provider asks to be left alone: `retry-after-ms`, else `Retry-After` in seconds. A date is passed over:
 * clocks of providers are not ours to trust. So is whatever else is no number.
 */
export const retryAfterMillis = (headers: {
  readonly [name: string]: string | Array<string> | undefined
}): number | undefined => {
  const milliseconds = numberOf(headers["retry-after-ms"])
  if (milliseconds !== undefined) return milliseconds
  const seconds = numberOf(headers["retry-after"])
  return seconds === undefined ? undefined : seconds * 1000
}

const numberOf = (value: string | Array<string> | undefined): number | undefined => {
  const text = typeof value === "string" ? value.trim() : ""
  return WHOLE_OR_FRACTION.test(text) ? Number(text) : undefined
}
