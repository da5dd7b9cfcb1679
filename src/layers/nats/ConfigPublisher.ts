import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { ConfigBucket } from "./ConfigBucket.ts"
import { isEntityKey, REVISION_KEY, toEntities } from "./configEntities.ts"

/** NATS comes back. */
const patience = Schedule.jittered(Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("2 seconds")]))
const CONCURRENCY = 16

/**
 * Makes the bucket hold a document: only what differs is written, the revision last. Tried until it is done; a
 * document that replaces this one interrupts it.
 */
export const publishConfig = Effect.fnUntraced(function* (document: unknown, revision: string) {
  const bucket = yield* ConfigBucket
  const entities = toEntities(document)

  yield* bucket.loaded
  yield* Effect.gen(function* () {
    const gone = [...bucket.entries(isEntityKey).keys(), ...bucket.unreadable(isEntityKey)].filter(
      (key) => !entities.has(key)
    )
    yield* Effect.forEach(entities, ([key, text]) => bucket.put(key, text), { concurrency: CONCURRENCY, discard: true })
    yield* Effect.forEach(gone, bucket.remove, { concurrency: CONCURRENCY, discard: true })
    yield* bucket.put(REVISION_KEY, revision)
  }).pipe(
    Effect.tapError((error) => Effect.logWarning("The configuration could not be published and is tried again", error)),
    Effect.retry(patience)
  )
  yield* Effect.logInfo(`Configuration ${revision} is published`)
})
