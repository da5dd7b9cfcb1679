import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { consumerName } from "../../services/export/DestinationWorker.ts"
import { ConfigBucket } from "./ConfigBucket.ts"
import { destinationNames, digestOf, isEntityKey, REVISION_KEY, toEntities } from "./configEntities.ts"
import type { NatsAway } from "./NatsAway.ts"
import { isBefore, type PublicationOrder } from "./publicationOrder.ts"
import { decodeRevision, encodeRevision } from "./publishedRevision.ts"
import { TraceConsumers } from "./TraceConsumers.ts"

/** NATS comes back. */
const patience = Schedule.jittered(Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("2 seconds")]))
const CONCURRENCY = 16

export interface Publication {
  /** The configuration's name, which every trace that it serves carries. */
  readonly revision: string
  /** Each publication's is after all those before; gateways and exporters refuse what is not. */
  readonly order: PublicationOrder
}

const isRevision = (key: string): boolean => key === REVISION_KEY

/** The latest publication that the bucket holds; undefined where it holds none, or one of an unknown place. */
export const publishedOrder = (bucket: ConfigBucket["Service"]): PublicationOrder | undefined =>
  decodeRevision(bucket.entries(isRevision).get(REVISION_KEY) ?? "").order

/**
 * Makes the bucket hold a document: every destination gets its place in the trace stream, then only what differs is
 * written, the revision last. Tried until the bucket was read and held it; a document that replaces this one interrupts
 * it. Ends without a word of the document where a later publication is there.
 */
export const publishConfig = Effect.fnUntraced(function* (document: unknown, { order, revision }: Publication) {
  const bucket = yield* ConfigBucket
  const consumers = yield* TraceConsumers
  const entities = toEntities(document)
  const published = encodeRevision({ revision, order, digest: digestOf(entities) })
  const gone = () =>
    [...bucket.entries(isEntityKey).keys(), ...bucket.unreadable(isEntityKey)].filter((key) => !entities.has(key))
  const isThere = () => {
    const held = bucket.entries(() => true)
    const same = [...entities].every(([key, text]) => held.get(key) === text)
    return same && gone().length === 0 && held.get(REVISION_KEY) === published
  }
  /** Also where NATS has lost everything: what gateways have brought since is for the destinations of now. */
  const isFirst = () => [...bucket.entries(isRevision).keys(), ...bucket.unreadable(isRevision)].length === 0
  const isOvertaken = () => isBefore(order, publishedOrder(bucket))

  const publish: Effect.Effect<void, NatsAway | Cause.TimeoutError> = Effect.gen(function* () {
    if (isOvertaken()) return
    // Before any gateway can serve it: what it captures is then counted, also while no exporter has ever run.
    yield* consumers.claim(destinationNames(document).map(consumerName), { order, whole: isFirst() })
    yield* Effect.forEach(entities, ([key, text]) => bucket.put(key, text), { concurrency: CONCURRENCY, discard: true })
    yield* Effect.forEach(gone(), bucket.remove, { concurrency: CONCURRENCY, discard: true })
    // Written even where it is there: its answer comes after all that an interrupted publication still had on its way,
    // of which memory knows nothing.
    yield* bucket.write(REVISION_KEY, published)
    yield* bucket.reread
    if (!isThere()) yield* publish
  })

  yield* bucket.loaded
  yield* publish.pipe(
    Effect.tapError((error) => Effect.logWarning("The configuration could not be published and is tried again", error)),
    Effect.retry(patience)
  )
  yield* isOvertaken()
    ? Effect.logWarning(`Configuration ${revision} is not published: a later publication is there`)
    : Effect.logInfo(`Configuration ${revision} is published`)
})
