import * as Effect from "effect/Effect"
import * as FiberHandle from "effect/FiberHandle"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import { ConfigBucket } from "./ConfigBucket.ts"
import { type Publication, publishConfig, publishedOrder } from "./ConfigPublisher.ts"
import { isBefore } from "./publicationOrder.ts"

export interface PublishedDocument extends Publication {
  /** With secrets in the clear: they are sealed on their way. */
  readonly document: unknown
}

/**
 * Publishes each document that comes, and the last one again where NATS lost it or somebody wrote an older one back. A
 * document that is replaced before it is published needs no publishing. Ends never, or with the documents' own error.
 */
export const keepPublished = <E, R>(documents: Stream.Stream<PublishedDocument, E, R>) =>
  Effect.gen(function* () {
    const bucket = yield* ConfigBucket
    const publishing = yield* FiberHandle.make<void>()
    const changes = yield* Effect.acquireRelease(Queue.sliding<void>(1), Queue.shutdown)
    yield* Effect.acquireRelease(
      Effect.sync(() => bucket.onChange(() => void Queue.offerUnsafe(changes, undefined))),
      (end) => Effect.sync(end)
    )
    let last: PublishedDocument | undefined

    const repair = Effect.suspend(() =>
      last !== undefined && isBefore(publishedOrder(bucket), last.order)
        ? FiberHandle.run(publishing, publishConfig(last.document, last), { onlyIfMissing: true })
        : Effect.void
    )

    yield* Effect.forkScoped(Effect.forever(Effect.andThen(Queue.take(changes), repair)))
    yield* Stream.runForEach(documents, (next) => {
      last = next
      return FiberHandle.run(publishing, publishConfig(next.document, next))
    })
    return yield* Effect.never
  }).pipe(Effect.scoped)
