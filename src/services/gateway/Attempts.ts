import * as Effect from "effect/Effect"
import type { RetryPolicy, RouteTarget } from "../config/CompiledConfig.ts"
import { attempt } from "./Attempt.ts"
import type { AttemptFailed } from "./AttemptFailed.ts"
import type { Call } from "./Call.ts"
import type { ModelResolver, Resolution } from "./ModelResolver.ts"
import type { Refusal } from "./Refusal.ts"
import { countsAgainstHealth } from "./TargetHistory.ts"
import type { Upstream } from "./Upstream.ts"

/** A provider that asks for a longer wait than this is not waited for: the next target is tried. */
const LONGEST_WAIT_MS = 5000

/**
 * Tries the targets in order until one has answered the client: retries on the same target by its policy, then
 * fallback to the next when the answer is one that policy names, or when there was none. Fails with the last failure.
 */
export const attempts = Effect.fnUntraced(function* (
  upstream: Upstream["Service"],
  resolver: ModelResolver["Service"],
  now: () => number,
  call: Call,
  resolution: Resolution
): Effect.fn.Return<void, AttemptFailed | Refusal> {
  const { targets } = resolution
  for (let index = 0; ; index++) {
    const entry = targets[index]
    if (entry === undefined) return
    const last = index === targets.length - 1
    const failure = yield* onTarget(upstream, resolver, now, call, entry, index > 0)
    if (failure === undefined) return
    if (failure._tag === "Refusal" || last || !movesOn(failure, entry)) return yield* failure
  }
})

const onTarget = Effect.fnUntraced(function* (
  upstream: Upstream["Service"],
  resolver: ModelResolver["Service"],
  now: () => number,
  call: Call,
  entry: RouteTarget,
  fallback: boolean
): Effect.fn.Return<AttemptFailed | Refusal | undefined> {
  const policy = retryPolicy(entry, call)
  const history = resolver.history(entry.target.fqn)
  for (let resend = 0; ; resend++) {
    const start = now()
    const failure = yield* Effect.match(attempt(upstream, now, call, { target: entry.target, resend, fallback }), {
      onFailure: (failed) => failed,
      onSuccess: () => undefined
    })
    if (failure === undefined) {
      const stage = call.record.attempt
      if (stage?.outcome === "failed") history.failed(now())
      else history.succeeded(now(), call.streaming, (call.streaming ? (stage?.firstByte ?? now()) : now()) - start)
      return undefined
    }
    if (failure._tag === "Refusal") return failure
    if (failure.status === undefined || countsAgainstHealth(failure.status)) history.failed(now())
    const wait = Math.max(policy.delayMs, failure.retryAfterMs ?? 0)
    if (resend >= policy.attempts || !retries(failure, policy) || wait > LONGEST_WAIT_MS) return failure
    yield* Effect.sleep(wait)
  }
})

const retries = (failure: AttemptFailed, policy: RetryPolicy): boolean =>
  failure.status === undefined || policy.onStatusCodes.has(failure.status)

const movesOn = (failure: AttemptFailed, entry: RouteTarget): boolean =>
  failure.status === undefined || entry.fallbackStatusCodes.has(failure.status)

const retryPolicy = (entry: RouteTarget, call: Call): RetryPolicy => {
  const asked = call.options.retry
  return asked === undefined
    ? entry.retry
    : {
        attempts: asked.attempts,
        delayMs: asked.delayMs ?? entry.retry.delayMs,
        onStatusCodes: asked.onStatusCodes ?? entry.retry.onStatusCodes
      }
}
