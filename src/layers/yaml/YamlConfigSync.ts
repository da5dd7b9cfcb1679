import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { CompiledConfig } from "../../services/config/CompiledConfig.ts"
import { ConfigRefused } from "../../services/config/ConfigRefused.ts"
import { ConfigSync } from "../../services/config/ConfigSync.ts"
import type { Problem } from "../../services/config/Problem.ts"
import { type FileVersion, readVersion, stampOf } from "./FileVersion.ts"
import { type ParseOptions, parseGatewayConfig } from "./parseGatewayConfig.ts"
import { watchDirectory } from "./watchDirectory.ts"

/** How often the file is looked at when no event tells of a change: some file systems send none. */
const LOOK_EVERY = "500 millis"

/** An editor may still be writing when the first event comes. */
const SETTLE = "100 millis"

/**
 * The configuration of one file, read now and again within a second of each edit.
 * The first reading must succeed; after that a bad edit, or the file's loss, is refused, counted and logged, and the last good one stays.
 */
export const layer = (options: ParseOptions): Layer.Layer<ConfigSync, ConfigRefused> =>
  Layer.effect(
    ConfigSync,
    Effect.gen(function* () {
      // Watching begins before reading: an edit in between is then seen.
      const nudges = yield* watchDirectory(options.file)
      const first = yield* readVersion(options.file)
      const inForce = yield* SubscriptionRef.make(yield* Effect.fromResult(read(first, options)))
      let stamp = first.stamp
      let refused = 0

      const look = Effect.gen(function* () {
        if ((yield* stampOf(options.file)) === stamp) return
        yield* Effect.sleep(SETTLE)
        const version = yield* readVersion(options.file)
        stamp = version.stamp
        const result = read(version, options)
        if (Result.isFailure(result)) {
          refused += 1
          return yield* Effect.logError(
            `Configuration refused, the last good one stays in force:\n${result.failure.message}`
          )
        }
        const { revision } = result.success
        if (revision !== SubscriptionRef.getUnsafe(inForce).revision)
          yield* SubscriptionRef.set(inForce, result.success)
        yield* Effect.logInfo(`Configuration ${revision} is in force`)
      })

      yield* Queue.take(nudges).pipe(
        Effect.timeoutOption(LOOK_EVERY),
        Effect.andThen(look),
        Effect.ignoreCause({ log: "Warn", message: "The configuration file could not be looked at" }),
        Effect.forever,
        Effect.forkScoped
      )

      return ConfigSync.of({
        current: () => SubscriptionRef.getUnsafe(inForce),
        changes: SubscriptionRef.changes(inForce),
        refused: () => refused
      })
    })
  )

const read = (version: FileVersion, options: ParseOptions): Result.Result<CompiledConfig, ConfigRefused> =>
  Result.mapError(
    version.text === undefined
      ? Result.fail<ReadonlyArray<Problem>>([
          { path: "", reason: `${options.file} cannot be read: ${version.failure}` }
        ])
      : parseGatewayConfig(version.text, options),
    (problems) => new ConfigRefused({ source: options.file, problems })
  )
