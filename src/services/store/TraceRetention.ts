import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { ConfigSync } from "../config/ConfigSync.ts"
import { TraceStore } from "./TraceStore.ts"

const EVERY = "1 minute"
const DAY_MS = 24 * 3_600_000
const DEFAULT = { maxAgeDays: 14, maxGiB: 10 }

/**
 * Lets go of old traces, and of the oldest where there are too many, by the configuration in force: once a minute and
 * step by step, so that others have their turn in between. A step that fails is tried again with the next minute.
 */
export const layer: Layer.Layer<never, never, TraceStore | ConfigSync> = Layer.effectDiscard(
  Effect.gen(function* () {
    const store = yield* TraceStore
    const config = yield* ConfigSync
    const tidy = Effect.gen(function* () {
      const { maxAgeDays, maxGiB } = config.current().traceRetention ?? DEFAULT
      const before = (yield* Clock.currentTimeMillis) - maxAgeDays * DAY_MS
      while ((yield* store.retain({ before, maxBytes: maxGiB * 1024 ** 3 })) > 0) yield* Effect.yieldNow
    }).pipe(Effect.ignoreCause({ log: "Warn", message: "old traces could not be removed" }))
    yield* tidy.pipe(Effect.repeat(Schedule.spaced(EVERY)), Effect.forkScoped)
  })
)
