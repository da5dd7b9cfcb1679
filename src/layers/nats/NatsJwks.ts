import { join } from "node:path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import { MasterKey } from "../../services/config/MasterKey.ts"
import { Metrics } from "../../services/metrics/Metrics.ts"
import { Jwks } from "../jose/Jwks.ts"
import { type KeySet, parseKeySet } from "../jose/KeySet.ts"
import { ConfigBucket } from "./ConfigBucket.ts"
import { NatsLink } from "./NatsLink.ts"
import { decodeKeySet, isKeySetKey, REFRESH_SUBJECT } from "./publishedKeySets.ts"
import { readSealed, writeSealed } from "./SealedFile.ts"

const MAX_STALE_MS = 24 * 60 * 60 * 1000
/** Tokens with unknown keys ask the control plane no more than once in this time. */
const MIN_ASKED_MS = 30 * 1000

interface Held {
  readonly keys: KeySet
  /** As it was published. */
  readonly text: string
  readonly fetchedAt: number
}

/**
 * The issuers' keys as the control plane publishes them; this process calls no identity provider. The last ones are
 * kept on disk, sealed, for a start without NATS, and are trusted for 24 hours after they were fetched.
 */
export const layer = (directory: string): Layer.Layer<Jwks, never, ConfigBucket | MasterKey | NatsLink | Metrics> =>
  Layer.effect(Jwks, make(join(directory, "jwks.sealed")))

const make = Effect.fnUntraced(function* (file: string) {
  const bucket = yield* ConfigBucket
  const key = yield* MasterKey
  const link = yield* NatsLink
  const clock = yield* Clock.Clock
  const held = new Map<string, Held>()
  const askedAt = new Map<string, number>()
  const asked = yield* Effect.acquireRelease(Queue.dropping<string>(16), Queue.shutdown)
  const nudges = yield* Effect.acquireRelease(Queue.sliding<void>(1), Queue.shutdown)

  const metrics = yield* Metrics
  metrics.observed("gauge", "spangate_jwks_age_seconds", "Age of the signing keys in use.", ["url"], () =>
    [...held].map(([url, { fetchedAt }]) => [[url], (clock.currentTimeMillisUnsafe() - fetchedAt) / 1000])
  )

  const hold = Effect.fnUntraced(function* (entries: ReadonlyMap<string, string>) {
    const now = clock.currentTimeMillisUnsafe()
    for (const text of entries.values()) {
      const published = decodeKeySet(text)
      if (Option.isNone(published)) continue
      const { document, fetchedAt, url } = published.value
      const known = held.get(url)
      // The bucket is right whatever the times say: a clock that ran ahead must not keep rotated keys in force.
      if (known?.text === text) continue
      const keys = yield* Effect.option(parseKeySet(document))
      if (Option.isNone(keys)) continue
      // Tokens verified with the same keys stay verified.
      const same = known?.keys.fingerprint === keys.value.fingerprint ? known.keys : keys.value
      // One from the future would outlive its day.
      held.set(url, { keys: same, text, fetchedAt: Math.min(fetchedAt, now) })
    }
  })

  const saved = yield* readSealed(file, key)
  if (saved.found === "entries") yield* hold(saved.entries)
  yield* Effect.acquireRelease(
    Effect.sync(() => bucket.onChange(() => void Queue.offerUnsafe(nudges, undefined))),
    (end) => Effect.sync(end)
  )
  // What the bucket holds already, before the first request.
  yield* hold(bucket.entries(isKeySetKey))

  yield* Queue.take(nudges).pipe(
    Effect.andThen(
      Effect.suspend(() => {
        const entries = bucket.entries(isKeySetKey)
        return entries.size === 0 ? Effect.void : Effect.andThen(hold(entries), writeSealed(file, key, entries))
      })
    ),
    Effect.forever,
    Effect.forkScoped
  )
  yield* Queue.take(asked).pipe(
    Effect.flatMap((url) => Effect.ignore(link.use(async (connection) => connection.publish(REFRESH_SUBJECT, url)))),
    Effect.forever,
    Effect.forkScoped
  )

  return Jwks.of({
    keysOf: ({ jwksUrl }) => {
      const found = held.get(jwksUrl)
      return found !== undefined && clock.currentTimeMillisUnsafe() - found.fetchedAt < MAX_STALE_MS
        ? found.keys
        : undefined
    },
    unknownKey: ({ jwksUrl }) => {
      const now = clock.currentTimeMillisUnsafe()
      if (now - (askedAt.get(jwksUrl) ?? Number.NEGATIVE_INFINITY) < MIN_ASKED_MS) return
      askedAt.set(jwksUrl, now)
      Queue.offerUnsafe(asked, jwksUrl)
    }
  })
})
