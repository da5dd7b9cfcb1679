import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** Lets effects wait for plain mutable state to reach a condition, on its changes rather than on time. */
export interface Waiters {
  /** To be called after every change. Costs nothing while nobody waits. */
  readonly changed: () => void
  /** Ends with the first `some`: at once if `look` already gives one, else at the change that brings it. */
  readonly until: <A>(look: () => Option.Option<A>) => Effect.Effect<A>
}

export const makeWaiters = (): Waiters => {
  const checks = new Set<() => void>()
  return {
    changed: () => {
      for (const check of checks) check()
    },
    until: <A>(look: () => Option.Option<A>) =>
      Effect.callback<A>((resume) => {
        const check = () => {
          const found = look()
          if (Option.isNone(found)) return
          checks.delete(check)
          resume(Effect.succeed(found.value))
        }
        checks.add(check)
        check()
        return Effect.sync(() => checks.delete(check))
      })
  }
}
