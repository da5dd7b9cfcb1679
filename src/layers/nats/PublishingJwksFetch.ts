import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import { JwksFetch } from "../jose/JwksFetch.ts"
import { parseKeySet } from "../jose/KeySet.ts"
import { ConfigBucket } from "./ConfigBucket.ts"
import { encodeKeySet, keySetKey } from "./publishedKeySets.ts"

/** NATS comes back. */
const patience = Schedule.jittered(Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("2 seconds")]))

/**
 * Publishes each key set that is fetched through it, so that gateways never call an identity provider: as soon as NATS
 * is there, and again where NATS has lost it. A fetch does not wait for that.
 */
export const layer: Layer.Layer<JwksFetch, never, JwksFetch | ConfigBucket> = Layer.effect(
  JwksFetch,
  Effect.gen(function* () {
    const { fetch } = yield* JwksFetch
    const bucket = yield* ConfigBucket
    /** The last of each, one a URL. */
    const latest = new Map<string, string>()
    const unpublished = new Set<string>()
    const nudges = yield* Effect.acquireRelease(Queue.sliding<void>(1), Queue.shutdown)
    const nudge = () => void Queue.offerUnsafe(nudges, undefined)
    yield* Effect.acquireRelease(
      Effect.sync(() => bucket.onChange(nudge)),
      (end) => Effect.sync(end)
    )

    const remember = Effect.fnUntraced(function* (url: string, document: string) {
      // One that no token can be verified with must not replace one that can.
      yield* parseKeySet(document)
      latest.set(url, encodeKeySet({ url, fetchedAt: yield* Clock.currentTimeMillis, document }))
      unpublished.add(url)
      nudge()
    })

    // Never because what is there differs: two control planes would answer each other without end.
    const isLost = (url: string): boolean => {
      const isIts = (key: string) => key === keySetKey(url)
      return bucket.entries(isIts).size === 0 && bucket.unreadable(isIts).length === 0
    }

    const publish = Effect.suspend(() =>
      Effect.forEach(
        [...latest].filter(([url]) => unpublished.has(url) || isLost(url)),
        ([url, text]) =>
          Effect.map(bucket.put(keySetKey(url), text), () => {
            if (latest.get(url) === text) unpublished.delete(url)
          }),
        { discard: true }
      )
    )

    yield* bucket.loaded.pipe(
      Effect.andThen(Queue.take(nudges)),
      Effect.andThen(
        publish.pipe(
          Effect.tapError((error) => Effect.logWarning("signing keys could not be published, tried again", error)),
          Effect.retry(patience),
          Effect.ignore
        )
      ),
      Effect.forever,
      Effect.forkScoped
    )

    return JwksFetch.of({
      fetch: (url) => Effect.tap(fetch(url), (document) => Effect.ignore(remember(url, document)))
    })
  })
)
