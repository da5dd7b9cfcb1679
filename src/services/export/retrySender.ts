import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { type Accepted, type Attempt, type Permanent, Retryable } from "./TraceSink.ts"

export const INITIAL_BACKOFF_MS = 1000
export const MAX_BACKOFF_MS = 30_000
const MULTIPLIER = 1.5
const JITTER = 0.2

/** Milliseconds before resend number `retry` (from 0): 1 s × 1.5 up to 30 s, ±20 %. `random` is in [0, 1). */
export const backoffMillis = (retry: number, random: number): number =>
  Math.min(MAX_BACKOFF_MS, INITIAL_BACKOFF_MS * MULTIPLIER ** retry) * (1 - JITTER + 2 * JITTER * random)

/**
 * Repeats the attempt until the destination has said yes or no, however long that takes: the spool bounds what waits
 * meanwhile. A server's own delay can only lengthen the pause, so no answer makes this loop hot.
 */
export const retrySender = Effect.fnUntraced(function* (
  attempt: Attempt,
  onRetry: (error: Retryable, delayMs: number) => Effect.Effect<void>
): Effect.fn.Return<Accepted, Permanent> {
  for (let retry = 0; ; retry++) {
    const outcome = yield* Effect.catchTag(attempt, "Retryable", Effect.succeed)
    if (!(outcome instanceof Retryable)) return outcome
    const delayMs = Math.max(backoffMillis(retry, yield* Random.next), outcome.retryAfterMs ?? 0)
    yield* onRetry(outcome, delayMs)
    yield* Effect.sleep(delayMs)
  }
})
