import * as Result from "effect/Result"
import { type Accepted, type Permanent, Retryable } from "../../../src/services/export/TraceSink.ts"

/** What an attempt comes to. */
export type Verdict =
  | { readonly accepted: Accepted }
  | { readonly retry: string; readonly afterMs?: number }
  | { readonly drop: string; readonly fault?: "unauthorized" | "misconfigured" }

/** In an expected verdict: a warning in words of our own. */
export const WARNING = "…"

/** In an expected verdict: which of the reasons of a broken connection it is depends on the moment. */
export const SOME_REASON = "…"

/** Between a date and the moment it is read. */
const TOLERANCE_MS = 3000

export const verdictOf = (result: Result.Result<Accepted, Retryable | Permanent>): Verdict => {
  if (Result.isSuccess(result)) {
    const { message, rejectedSpans } = result.success
    return { accepted: message === undefined ? { rejectedSpans } : { rejectedSpans, message } }
  }
  const { failure } = result
  if (failure instanceof Retryable) {
    return { retry: failure.reason, ...(failure.retryAfterMs === undefined ? {} : { afterMs: failure.retryAfterMs }) }
  }
  return { drop: failure.reason, ...(failure.fault === undefined ? {} : { fault: failure.fault }) }
}

export const agrees = (found: Verdict, expected: Verdict): boolean => {
  if ("accepted" in expected && expected.accepted.message === WARNING) {
    return "accepted" in found && found.accepted.rejectedSpans === 0 && (found.accepted.message ?? "") !== ""
  }
  if ("retry" in expected && "retry" in found) {
    if (expected.retry !== SOME_REASON && expected.retry !== found.retry) return false
    return expected.afterMs === undefined || found.afterMs === undefined
      ? expected.afterMs === found.afterMs
      : Math.abs(expected.afterMs - found.afterMs) < TOLERANCE_MS
  }
  return JSON.stringify(found) === JSON.stringify(expected)
}
