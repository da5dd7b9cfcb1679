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
import { makeCompiler } from "../../services/config/compile.ts"
import { MasterKey, MasterKeyWrong } from "../../services/config/MasterKey.ts"
import type { Problem } from "../../services/config/Problem.ts"
import { stepwise } from "../../services/config/Steps.ts"
import { Metrics } from "../../services/metrics/Metrics.ts"
import { Readiness } from "../../services/metrics/Readiness.ts"
import { revisionOf } from "../yaml/revision.ts"
import { ConfigBucket } from "./ConfigBucket.ts"
import { ConfigOrder } from "./ConfigOrder.ts"
import { isEntityKey, REVISION_KEY } from "./configEntities.ts"
import { makeEntityReader } from "./EntityReader.ts"
import { isBefore } from "./publicationOrder.ts"
import { decodeRevision, type PublishedRevision } from "./publishedRevision.ts"
import { readSealed, writeSealed } from "./SealedFile.ts"

/** A change of many entities comes as many updates. */
const DEBOUNCE = "50 millis"
/** How long a start waits for NATS while there is a configuration on disk. */
const PATIENCE = "2 seconds"

const isConfigKey = (key: string): boolean => key === REVISION_KEY || isEntityKey(key)

/**
 * The configuration that the control plane publishes. A change is in force a debounce after it arrived, and only whole;
 * it is read and compiled in steps, between which requests are served. The last good one is kept on disk, sealed: a
 * program that starts while NATS is away serves it, and says so in `/health/ready` and in `spangate_config_from_disk`.
 * One that has neither waits. One that was published before the last good one is refused: somebody wrote back what NATS
 * once held.
 */
export const layer = (
  directory: string
): Layer.Layer<ConfigSync | ConfigOrder, MasterKeyWrong, ConfigBucket | MasterKey | Metrics> =>
  Layer.effectContext(make(join(directory, "config.sealed")))

const make = Effect.fnUntraced(function* (file: string) {
  const bucket = yield* ConfigBucket
  const key = yield* MasterKey
  const metrics = yield* Metrics
  const fromDisk = metrics
    .gauge("spangate_config_from_disk", "1 while the configuration is the one kept on disk.")
    .labels()
  const outdated = metrics
    .counter("spangate_config_outdated_total", "Publications refused because a later one was in force before.")
    .labels()
  let refused = 0
  let lastRefused = ""
  /** As the disk has it. */
  let kept = ""
  /** The `rev` of the one in force, once it came from NATS. */
  let inForceAs = ""

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

  const saved = yield* readSealed(file, key)
  const compileEntries = makeEntriesCompiler()
  let newest = saved.found === "entries" ? publishedIn(saved.entries)?.order : undefined

  const refuseOutdated = (text: string, { revision }: PublishedRevision) =>
    Effect.suspend(() => {
      if (lastRefused === text) return Effect.void
      lastRefused = text
      outdated.add()
      return Effect.logError(
        `Configuration ${revision} refused: it was published before the one in force. Somebody wrote it back to NATS, or the control plane's database is older than it was`
      )
    })

  /** What the bucket holds, if it is whole, good and not outdated. */
  const look: Effect.Effect<Option.Option<CompiledConfig>> = Effect.gen(function* () {
    const entries = bucket.entries(isConfigKey)
    const published = publishedIn(entries)
    if (published === undefined) return Option.none()
    const text = entries.get(REVISION_KEY) ?? ""
    if (isBefore(published.order, newest)) {
      yield* refuseOutdated(text, published)
      return Option.none()
    }
    // Whatever else has changed belongs to the next one, whose `rev` comes last.
    if (text === inForceAs && lastRefused === "") return Option.none()
    const compiled = yield* compileEntries(entries, published)
    // Some of the revision's entities are still on their way.
    if (compiled === undefined) return Option.none()
    if (Result.isFailure(compiled)) {
      yield* refuse(published.revision, compiled.failure)
      return Option.none()
    }
    newest = published.order
    if (text !== kept) {
      yield* writeSealed(file, key, entries)
      kept = text
    }
    return Option.some(compiled.success)
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

  const fromFile = Effect.gen(function* () {
    if (saved.found === "sealed") {
      return yield* new MasterKeyWrong({
        reason: `does not open ${file}, the configuration kept from the last run, and NATS cannot be reached`
      })
    }
    const published = saved.found === "entries" ? publishedIn(saved.entries) : undefined
    const compiled =
      saved.found === "entries" && published !== undefined ? yield* compileEntries(saved.entries, published) : undefined
    if (compiled !== undefined && Result.isSuccess(compiled)) {
      fromDisk.set(1)
      yield* Effect.logWarning(
        `NATS cannot be reached, or has nothing newer: serving configuration ${compiled.success.revision}, kept from the last run`
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
    yield* Effect.yieldNow
    const found = yield* look
    if (Option.isNone(found)) return
    fromDisk.set(0)
    lastRefused = ""
    inForceAs = kept
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
  const origin = () => (fromDisk.value === 1 ? "from disk: NATS has given none since the start" : "from NATS")
  return Context.make(ConfigSync, {
    current,
    changes: SubscriptionRef.changes(inForce),
    refused: () => refused
  }).pipe(
    Context.add(ConfigOrder, { inForce: () => newest }),
    Context.add(Readiness, { notes: () => `configuration ${current().revision} ${origin()}\n` })
  )
})

const publishedIn = (entries: ReadonlyMap<string, string>): PublishedRevision | undefined => {
  const text = entries.get(REVISION_KEY)
  return text === undefined ? undefined : decodeRevision(text)
}

/** Gives undefined where the entities are not, or not all, those of the publication. */
const makeEntriesCompiler = () => {
  const reader = makeEntityReader()
  const compile = makeCompiler()
  return Effect.fnUntraced(function* (
    entries: ReadonlyMap<string, string>,
    published: PublishedRevision
  ): Effect.fn.Return<Result.Result<CompiledConfig, ConfigRefused> | undefined> {
    if (published.order !== undefined) {
      const digest = yield* stepwise(() => reader.digest(entries))
      if (digest !== published.digest) return undefined
    }
    const document = yield* stepwise(() => reader.document(entries))
    if (document === undefined) return Result.fail(refusal([MALFORMED]))
    if (published.order === undefined && revisionOf(document) !== published.revision) return undefined
    return Result.mapError(yield* compile(document, { revision: published.revision }), refusal)
  })
}

const MALFORMED = { path: "", reason: "is not what a control plane writes" }

const refusal = (problems: ReadonlyArray<Problem>) => new ConfigRefused({ source: "NATS", problems })
