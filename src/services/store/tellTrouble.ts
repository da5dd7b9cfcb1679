import * as Effect from "effect/Effect"
import { StoreUnavailable } from "./StoreUnavailable.ts"

const TROUBLE = {
  read: "the database of configuration cannot be read",
  written: "the database of configuration cannot be written"
} as const

/**
 * Says in the log why calls fail, once, and when they work again: whoever makes one is only told that it failed. The
 * cause of a `StoreUnavailable` quotes no value.
 */
export const tellTrouble = (does: keyof typeof TROUBLE) => {
  let fails = false
  const failed = (error: unknown) =>
    Effect.suspend(() => {
      if (fails || !(error instanceof StoreUnavailable)) return Effect.void
      fails = true
      const reason = error.cause instanceof Error ? error.cause.message : "unknown"
      return Effect.logError(TROUBLE[does], { reason })
    })
  const worked = Effect.suspend(() => {
    if (!fails) return Effect.void
    fails = false
    return Effect.logInfo(`the database of configuration can be ${does} again`)
  })
  return <A, E, R>(call: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    call.pipe(Effect.tapError(failed), Effect.tap(worked))
}
