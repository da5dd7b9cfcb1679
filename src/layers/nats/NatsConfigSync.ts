import { join } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { CompiledConfig } from "../../services/config/CompiledConfig.ts"
import { ConfigRefused } from "../../services/config/ConfigRefused.ts"
import { ConfigSync } from "../../services/config/ConfigSync.ts"
import { compile } from "../../services/config/compile.ts"
import { Metrics } from "../../services/metrics/Metrics.ts"
import { Readiness } from "../../services/metrics/Readiness.ts"
import { revisionOf } from "../yaml/revision.ts"
import { ConfigBucket } from "./ConfigBucket.ts"
import { fromEntities, isEntityKey, REVISION_KEY } from "./configEntities.ts"
import { MasterKey, MasterKeyWrong } from "./MasterKey.ts"
import { readSealed, writeSealed } from "./SealedFile.ts"

/** A change of many entities comes as many updates. */
const DEBOUNCE = "50 millis"
/** How long a start waits for NATS while there is a configuration on disk. */
const PATIENCE = "2 seconds"

const isConfigKey = (key: string): boolean => key === REVISION_KEY || isEntityKey(key)

/**
 * The configuration that the control plane publishes. A change is in force a debounce after it arrived, and only
 * whole. The last good one is kept on disk, sealed: a program that starts while NATS is away serves it, and says so in
 * `/health/ready` and in `spangate_config_from_disk`. One that has neither waits.
 */
export const layer = (directory: string): Layer.Layer<ConfigSync, MasterKeyWrong, ConfigBucket | MasterKey | Metrics> =>
  Layer.effectContext(make(join(directory, "config.sealed")))

const make = Effect.fnUntraced(function* (file: string) {
  const bucket = yield* ConfigBucket
  const key = yield* MasterKey
  const metrics = yield* Metrics
  const fromDisk = metrics
    .gauge("spangate_config_from_disk", "1 while the configuration is the one kept on disk.")
    .labels()
  let refused = 0
  let lastRefused = ""

  const nudges = yield* Effect.acquireRelease(Queue.sliding<void>(1), Queue.shutdown)
  const nudge = () => void Queue.offerUnsafe(nudges, undefined)
  yield* Effect.acquireRelease(
    Effect.sync(() => bucket.onChange(nudge)),
    (end) => Effect.sync(end)
  )

  const refuse = (revision: string, error: Error) =>
    Effect.suspend(() => {
      if (lastRefused === revision) return Effect.void
      lastRefused = revision
      refused += 1
      return Effect.logError(`Configuration ${revision} refused, the last good one stays in force:\n${error.message}`)
    })

  /** What the bucket holds, if it is whole and good. */
  const look: Effect.Effect<Option.Option<CompiledConfig>> = Effect.gen(function* () {
    const entries = bucket.entries(isConfigKey)
    const revision = entries.get(REVISION_KEY)
    if (revision === undefined) return Option.none()
    const compiled = compileEntries(entries)
    if (Result.isSuccess(compiled)) {
      // Some of the revision's entities are still on their way.
      if (compiled.success.revision !== revision) return Option.none()
      yield* writeSealed(file, key, entries)
      return Option.some(compiled.success)
    }
    yield* refuse(revision, compiled.failure)
    return Option.none()
  })

  const untilFound: Effect.Effect<CompiledConfig, MasterKeyWrong> = Effect.gen(function* () {
    yield* bucket.loaded
    const unreadable = bucket.unreadable(isConfigKey)
    if (unreadable.length > 0) {
      return yield* new MasterKeyWrong({
        reason: `does not open the configuration in NATS (${unreadable.length} of its entries were sealed with another key). Give this program the key of the control plane`
      })
    }
    const found = yield* look
    if (Option.isSome(found)) return found.value
    yield* Queue.take(nudges)
    return yield* untilFound
  })

  const saved = yield* readSealed(file, key)
  const fromFile = Effect.gen(function* () {
    if (saved.found === "sealed") {
      return yield* new MasterKeyWrong({
        reason: `does not open ${file}, the configuration kept from the last run, and NATS cannot be reached`
      })
    }
    const compiled = saved.found === "entries" ? compileEntries(saved.entries) : undefined
    if (compiled !== undefined && Result.isSuccess(compiled)) {
      fromDisk.set(1)
      yield* Effect.logWarning(
        `NATS cannot be reached: serving configuration ${compiled.success.revision}, kept from the last run`
      )
      return compiled.success
    }
    yield* Effect.logWarning("Waiting for a configuration: NATS cannot be reached, or has none yet")
    return yield* untilFound
  })
  const first = yield* Effect.timeoutOrElse(untilFound, { duration: PATIENCE, orElse: () => fromFile })

  const inForce = yield* SubscriptionRef.make(first)

  const follow = Effect.gen(function* () {
    yield* Queue.take(nudges)
    yield* Effect.sleep(DEBOUNCE)
    const unreadable = bucket.unreadable(isConfigKey)
    if (unreadable.length > 0) {
      return yield* refuse(
        `with ${unreadable.length} entries sealed with another key`,
        new MasterKeyWrong({ reason: "lacks the key that the control plane seals with now" })
      )
    }
    const found = yield* look
    if (Option.isNone(found)) return
    fromDisk.set(0)
    lastRefused = ""
    if (found.value.revision === SubscriptionRef.getUnsafe(inForce).revision) return
    yield* SubscriptionRef.set(inForce, found.value)
    yield* Effect.logInfo(`Configuration ${found.value.revision} is in force`)
  })
  // Whatever came while the first was looked for.
  nudge()
  yield* follow.pipe(
    Effect.ignoreCause({ log: "Warn", message: "The configuration could not be followed" }),
    Effect.forever,
    Effect.forkScoped
  )

  const current = () => SubscriptionRef.getUnsafe(inForce)
  const origin = () => (fromDisk.value === 1 ? "from disk: NATS has not been reached since the start" : "from NATS")
  return Context.make(ConfigSync, {
    current,
    changes: SubscriptionRef.changes(inForce),
    refused: () => refused
  }).pipe(Context.add(Readiness, { notes: () => `configuration ${current().revision} ${origin()}\n` }))
})

const compileEntries = (entries: ReadonlyMap<string, string>): Result.Result<CompiledConfig, ConfigRefused> => {
  const document = Result.try({
    try: () => fromEntities(entries),
    catch: () =>
      new ConfigRefused({ source: "NATS", problems: [{ path: "", reason: "is not what a control plane writes" }] })
  })
  return Result.flatMap(document, (whole) =>
    Result.mapError(
      compile(whole, { revision: revisionOf(whole) }),
      (problems) => new ConfigRefused({ source: "NATS", problems })
    )
  )
}
