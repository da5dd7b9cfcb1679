import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import { JwksFetch } from "./JwksFetch.ts"
import { type KeySet, parseKeySet } from "./KeySet.ts"

const FRESH_MS = 5 * 60 * 1000
/** However many tokens name keys that nobody has, an issuer is not asked more often. */
const MIN_PAUSE_MS = 10_000
const MAX_STALE_MS = 24 * 60 * 60 * 1000
const FETCH_TIMEOUT = "5 seconds"
/** Over it the one asked for first is forgotten. */
const MAX_ISSUERS = 64

/** Milliseconds of the monotonic clock: by a clock that was put back, no fetch would be due until it has caught up. */
interface Held {
  readonly keys: KeySet | undefined
  readonly fetchedAt: number
  readonly attemptedAt: number
}

const uptime = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos / 1_000_000n))

const NOTHING: Held = { keys: undefined, fetchedAt: Number.NEGATIVE_INFINITY, attemptedAt: Number.NEGATIVE_INFINITY }

/**
 * Signing keys fetched when somebody signs in, and kept for five minutes: nobody who operates is in such a hurry that a
 * fiber has to keep them fresh. When the issuer is away, the last good ones hold for a day.
 */
export const makeAdminJwtKeys = Effect.gen(function* () {
  const { fetch } = yield* JwksFetch
  const one = yield* Semaphore.make(1)
  const held = new Map<string, Held>()

  const refresh = Effect.fnUntraced(function* (url: string, now: number) {
    const before = held.get(url) ?? NOTHING
    const fetched = yield* fetch(url).pipe(
      Effect.flatMap(parseKeySet),
      Effect.timeout(FETCH_TIMEOUT),
      Effect.catch((error) =>
        Effect.as(
          Effect.logWarning("an admin issuer's keys could not be fetched", { url, reason: error._tag }),
          undefined
        )
      )
    )
    const after =
      fetched === undefined ? { ...before, attemptedAt: now } : { keys: fetched, fetchedAt: now, attemptedAt: now }
    held.delete(url)
    held.set(url, after)
    for (const oldest of held.keys()) {
      if (held.size <= MAX_ISSUERS) break
      held.delete(oldest)
    }
    return after
  })

  /** The keys at a URL; asked anew when they are old or, `satisfies` says, not what is needed. Undefined: unknown. */
  const keysAt = Effect.fnUntraced(function* (url: string, satisfies: (keys: KeySet) => boolean) {
    const now = yield* uptime
    const known = held.get(url) ?? NOTHING
    const isGood = known.keys !== undefined && now - known.fetchedAt < FRESH_MS && satisfies(known.keys)
    const { fetchedAt, keys } = isGood || now - known.attemptedAt < MIN_PAUSE_MS ? known : yield* refresh(url, now)
    return now - fetchedAt < MAX_STALE_MS ? keys : undefined
  })

  return (url: string, satisfies: (keys: KeySet) => boolean) => one.withPermit(keysAt(url, satisfies))
})
