import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { ConfigBucket } from "./ConfigBucket.ts"
import { isEntityKey, REVISION_KEY, toEntities } from "./configEntities.ts"
import type { NatsAway } from "./NatsAway.ts"

/** NATS comes back. */
const patience = Schedule.jittered(Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("2 seconds")]))
const CONCURRENCY = 16

/**
 * Makes the bucket hold a document: only what differs is written, the revision last. Tried until the bucket was read
 * and held it; a document that replaces this one interrupts it.
 */
export const publishConfig = Effect.fnUntraced(function* (document: unknown, revision: string) {
  const bucket = yield* ConfigBucket
  const entities = toEntities(document)
  const gone = () =>
    [...bucket.entries(isEntityKey).keys(), ...bucket.unreadable(isEntityKey)].filter((key) => !entities.has(key))
  const isThere = () => {
    const held = bucket.entries(() => true)
    const same = [...entities].every(([key, text]) => held.get(key) === text)
    return same && gone().length === 0 && held.get(REVISION_KEY) === revision
  }

  const publish: Effect.Effect<void, NatsAway | Cause.TimeoutError> = Effect.gen(function* () {
    yield* Effect.forEach(entities, ([key, text]) => bucket.put(key, text), { concurrency: CONCURRENCY, discard: true })
    yield* Effect.forEach(gone(), bucket.remove, { concurrency: CONCURRENCY, discard: true })
    // Written even where it is there: its answer comes after all that an interrupted publication still had on its way,
    // of which memory knows nothing.
    yield* bucket.write(REVISION_KEY, revision)
    yield* bucket.reread
    if (!isThere()) yield* publish
  })

  yield* bucket.loaded
  yield* publish.pipe(
    Effect.tapError((error) => Effect.logWarning("The configuration could not be published and is tried again", error)),
    Effect.retry(patience)
  )
  yield* Effect.logInfo(`Configuration ${revision} is published`)
})
