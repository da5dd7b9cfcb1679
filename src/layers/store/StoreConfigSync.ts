import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { ConfigRefused } from "../../services/config/ConfigRefused.ts"
import { ConfigSync } from "../../services/config/ConfigSync.ts"
import { ConfigStore, type ReadFailure } from "../../services/store/ConfigStore.ts"

/** The database comes back. */
const patience = Schedule.jittered(Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("2 seconds")]))

/**
 * The store's newest configuration, in force within a second of its commit, whoever made it. The first reading must
 * succeed; a store without a revision is a configuration without entries. After that one that this program cannot
 * serve is refused, counted and logged, and the last good one stays.
 */
export const make: Effect.Effect<ConfigSync["Service"], ConfigRefused | ReadFailure, ConfigStore | Scope.Scope> =
  Effect.gen(function* () {
    const store = yield* ConfigStore
    const inForce = yield* SubscriptionRef.make(yield* store.compiled)
    let refused = 0

    const refuse = (error: ConfigRefused) =>
      Effect.suspend(() => {
        refused += 1
        return Effect.logError(`Configuration refused, the last good one stays in force:\n${error.message}`)
      })

    const look = Effect.gen(function* () {
      const compiled = yield* store.compiled
      if (compiled.revision === SubscriptionRef.getUnsafe(inForce).revision) return
      yield* SubscriptionRef.set(inForce, compiled)
      yield* Effect.logInfo(`Configuration ${compiled.revision} is in force`)
    }).pipe(
      Effect.catchTag("ConfigRefused", refuse),
      Effect.tapError((error) => Effect.logWarning("The configuration could not be read and is tried again", error)),
      Effect.retry(patience),
      Effect.ignoreCause({ log: "Warn", message: "The configuration could not be followed" })
    )

    yield* store.heads.pipe(
      Stream.runForEach((head) => (String(head) === SubscriptionRef.getUnsafe(inForce).revision ? Effect.void : look)),
      Effect.forkScoped
    )

    return ConfigSync.of({
      current: () => SubscriptionRef.getUnsafe(inForce),
      changes: SubscriptionRef.changes(inForce),
      refused: () => refused
    })
  })

export const layer: Layer.Layer<ConfigSync, ConfigRefused | ReadFailure, ConfigStore> = Layer.effect(ConfigSync, make)
