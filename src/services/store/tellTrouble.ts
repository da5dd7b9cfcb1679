import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { StoreUnavailable } from "./StoreUnavailable.ts"

const TROUBLE = {
  read: "the database of configuration cannot be read",
  written: "the database of configuration cannot be written"
} as const

/** Milliseconds without a failure. A disk that is almost full takes a small write, and refuses the next. */
const SETTLED = 10_000

/**
 * Says in the log why calls fail, once, and when they work again, which is when one does and none has failed for ten
 * seconds: whoever makes one is only told that it failed. The cause of a `StoreUnavailable` quotes no value.
 */
export const tellTrouble = (does: keyof typeof TROUBLE) => {
  let told = false
  let failedAt = Number.NEGATIVE_INFINITY
  let workedSince = false
  const failed = (error: unknown) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      if (!(error instanceof StoreUnavailable)) return Effect.void
      // It may have been well for hours, and nobody called.
      const isNew = !told || (workedSince && now - failedAt >= SETTLED)
      told = true
      failedAt = now
      workedSince = false
      const reason = error.cause instanceof Error ? error.cause.message : "unknown"
      return isNew ? Effect.logError(TROUBLE[does], { reason }) : Effect.void
    })
  const worked = Effect.suspend(() => {
    if (!told) return Effect.void
    workedSince = true
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      if (!told || now - failedAt < SETTLED) return Effect.void
      told = false
      return Effect.logInfo(`the database of configuration can be ${does} again`)
    })
  })
  return <A, E, R>(call: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    call.pipe(Effect.tapError(failed), Effect.tap(worked))
}
