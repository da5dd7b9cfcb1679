import * as Effect from "effect/Effect"
import type { RetryPolicy, RouteTarget } from "../config/CompiledConfig.ts"
import { attempt } from "./Attempt.ts"
import type { AttemptFailed } from "./AttemptFailed.ts"
import type { Call } from "./Call.ts"
import type { ModelResolver, Resolution } from "./ModelResolver.ts"
import type { Refusal } from "./Refusal.ts"
import { countsAgainstHealth, type TargetHistory } from "./TargetHistory.ts"
import type { Upstream } from "./Upstream.ts"

/** A provider that asks for a longer wait than this is not waited for: the next target is tried. */
const LONGEST_WAIT_MS = 5000

/**
 * Tries the targets in order until one has answered the client: retries on the same target by its policy, then
 * fallback to the next when the answer is one that policy names, or when there was none. A target that the request
 * cannot be said to is passed over. Fails with the last failure, or with the first refusal when nothing could be sent.
 */
export const attempts = Effect.fnUntraced(function* (
  upstream: Upstream["Service"],
  resolver: ModelResolver["Service"],
  now: () => number,
  call: Call,
  { targets }: Resolution
): Effect.fn.Return<void, AttemptFailed | Refusal> {
  const { record } = call
  let failed: AttemptFailed | undefined
  let refused: Refusal | undefined
  nextTarget: for (const entry of targets) {
    const { target } = entry
    const history = resolver.history(target.fqn)
    const policy = retryPolicy(entry, call)
    const fallback = record.header.attempts.length > 0
    for (let resend = 0; ; resend++) {
      const failure = yield* attempt(upstream, now, call, target, resend, fallback)
      if (failure === undefined) {
        noteAnswer(history, call)
        return
      }
      if (failure._tag === "Refusal") {
        refused ??= failure
        continue nextTarget
      }
      failed = failure
      if (speaksAgainst(failure, call)) history.failed(now())
      if (resend < policy.attempts && retries(failure, policy)) {
        yield* Effect.sleep(Math.max(policy.delayMs, failure.retryAfterMs ?? 0))
      } else if (movesOn(failure, entry)) {
        continue nextTarget
      } else {
        return yield* failure
      }
    }
  }
  if (failed !== undefined) return yield* failed
  if (refused !== undefined) return yield* refused
  return yield* Effect.die(new Error("the resolver gave no target"))
})

const retries = ({ status, retryAfterMs = 0 }: AttemptFailed, policy: RetryPolicy): boolean =>
  (status === undefined || policy.onStatusCodes.has(status)) && retryAfterMs <= LONGEST_WAIT_MS

const movesOn = ({ status }: AttemptFailed, entry: RouteTarget): boolean =>
  status === undefined || entry.fallbackStatusCodes.has(status)

const noteAnswer = (history: TargetHistory, { record, streaming }: Call): void => {
  const stage = record.attempt
  if (stage === undefined) return
  const { end, outcome, start } = stage
  const first = stage.firstToken ?? stage.firstByte ?? end
  if (outcome === "failed") history.failed(end)
  else history.succeeded(end, streaming, (streaming ? first : end) - start)
}

/** A bound that one caller has set says nothing of the target to all the others. */
const speaksAgainst = ({ errorType, status }: AttemptFailed, { options }: Call): boolean => {
  if (status !== undefined) return countsAgainstHealth(status)
  if (errorType === "timeout") return options.timeoutMs === undefined
  if (errorType === "time_to_first_token_timeout") return options.timeToFirstTokenMs === undefined
  return true
}

const retryPolicy = (entry: RouteTarget, { options }: Call): RetryPolicy => {
  const asked = options.retry
  return asked === undefined
    ? entry.retry
    : {
        attempts: asked.attempts,
        delayMs: asked.delayMs ?? entry.retry.delayMs,
        onStatusCodes: asked.onStatusCodes ?? entry.retry.onStatusCodes
      }
}
