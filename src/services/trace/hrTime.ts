import type { HrTime } from "@opentelemetry/api"

/**
 * `wallBase + ms`, both in milliseconds with fractions, as seconds and nanoseconds since 1970.
 * Exact: the two are never added as doubles, whose steps at today's date are 244 ns wide.
 */
export const hrTime = (wallBase: number, ms: number): HrTime => {
  const wholeBase = Math.floor(wallBase)
  const wholeMs = Math.floor(ms)
  const millis = wholeBase + wholeMs
  const seconds = Math.floor(millis / 1000)
  const nanos =
    (millis - seconds * 1000) * 1e6 + Math.round((wallBase - wholeBase) * 1e6) + Math.round((ms - wholeMs) * 1e6)
  return nanos < 1e9 ? [seconds, nanos] : [seconds + 1, nanos - 1e9]
}

/** `end - start`, for `end` not before `start`. */
export const hrDuration = (start: HrTime, end: HrTime): HrTime =>
  end[1] < start[1] ? [end[0] - start[0] - 1, end[1] - start[1] + 1e9] : [end[0] - start[0], end[1] - start[1]]
