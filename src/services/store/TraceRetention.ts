import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { TraceStore } from "./TraceStore.ts"

export interface TraceRetentionOptions {
  /** Default 14 days. */
  readonly maxAge?: Duration.Input
  /** Default 10 GiB. */
  readonly maxBytes?: number
}

const EVERY = "1 minute"

/**
 * Lets go of old traces, and of the oldest where there are too many, once a minute and step by step: others have their
 * turn in between. A step that fails is tried again with the next minute.
 */
export const layer = (options: TraceRetentionOptions = {}): Layer.Layer<never, never, TraceStore> =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const store = yield* TraceStore
      const maxAge = Duration.toMillis(options.maxAge ?? "14 days")
      const maxBytes = options.maxBytes ?? 10 * 1024 ** 3
      const tidy = Effect.gen(function* () {
        const before = (yield* Clock.currentTimeMillis) - maxAge
        while ((yield* store.retain({ before, maxBytes })) > 0) yield* Effect.yieldNow
      }).pipe(Effect.ignoreCause({ log: "Warn", message: "old traces could not be removed" }))
      yield* tidy.pipe(Effect.repeat(Schedule.spaced(EVERY)), Effect.forkScoped)
    })
  )
