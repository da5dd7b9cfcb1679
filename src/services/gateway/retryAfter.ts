/** `Retry-After` in seconds as milliseconds. A date is left alone: clocks of providers are not ours to trust. */
export const retryAfterMillis = (value: string | Array<string> | undefined): number | undefined => {
  if (typeof value !== "string" || value === "") return undefined
  const seconds = Number(value)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined
}
