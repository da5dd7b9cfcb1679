import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Random from "effect/Random"
import type { Counter } from "../../services/metrics/Counter.ts"
import type { JwksFetch } from "./JwksFetch.ts"
import { type KeySet, parseKeySet } from "./KeySet.ts"
import { readKeySet, SavedKeySet, writeKeySet } from "./savedKeySets.ts"

const FETCH_TIMEOUT_MS = 5000
const REFRESH_MS = 5 * 60 * 1000
/** Spreads the gateways of a fleet that were started together. */
const REFRESH_JITTER_MS = 30 * 1000
const FIRST_RETRY_MS = 1000
const MAX_STALE_MS = 24 * 60 * 60 * 1000
/** Tokens with unknown keys cause no more than one fetch in this time. */
const MIN_ASKED_MS = 30 * 1000

/** The keys of one issuer, and what is known of the last fetches. Times are Unix milliseconds. */
export class IssuerKeys {
  readonly issuer: string
  readonly url: string
  /** Holds one element where a refresh was asked for; asking again before it is served changes nothing. */
  readonly asked: Queue.Queue<void>
  keys: KeySet | undefined
  fetchedAt = 0
  attemptedAt = 0
  /** Since the last success. */
  failures = 0

  constructor(issuer: string, url: string, asked: Queue.Queue<void>) {
    this.issuer = issuer
    this.url = url
    this.asked = asked
  }

  /** Undefined when there are none or they are more than 24 hours old. */
  trusted(now: number): KeySet | undefined {
    return now - this.fetchedAt < MAX_STALE_MS ? this.keys : undefined
  }
}

export interface Refreshing {
  readonly fetch: JwksFetch["Service"]["fetch"]
  readonly directory: string | undefined
  readonly succeeded: Counter
  readonly failed: Counter
}

/**
 * Keeps an issuer's keys fresh for as long as it runs; never ends and never fails.
 * Every five minutes, with jitter; after a failure at 1, 2, 4… seconds; sooner when a token asked for it, but not
 * within 30 seconds of the last try. One fetch at a time; whatever goes wrong, the last good keys stay.
 */
export const keepFresh = Effect.fnUntraced(function* (self: IssuerKeys, refreshing: Refreshing) {
  yield* restore(self, refreshing.directory)
  while (true) {
    yield* refresh(self, refreshing)
    const delay = yield* nextDelay(self.failures)
    const asked = yield* Queue.take(self.asked).pipe(Effect.timeoutOption(delay))
    if (Option.isSome(asked)) {
      const passed = Math.max(0, (yield* Clock.currentTimeMillis) - self.attemptedAt)
      yield* Effect.sleep(Math.max(0, Math.min(delay, MIN_ASKED_MS) - passed))
    }
  }
})

const nextDelay = (failures: number): Effect.Effect<number> =>
  failures === 0
    ? Random.nextBetween(REFRESH_MS, REFRESH_MS + REFRESH_JITTER_MS)
    : Effect.map(Random.nextBetween(0.5, 1), (part) => part * Math.min(FIRST_RETRY_MS * 2 ** failures, REFRESH_MS))

const restore = Effect.fnUntraced(function* (self: IssuerKeys, directory: string | undefined) {
  if (directory === undefined) return
  const saved = yield* readKeySet(directory, self.issuer, self.url)
  if (Option.isNone(saved)) return
  const keys = yield* Effect.option(parseKeySet(saved.value.document))
  if (Option.isNone(keys)) return
  self.keys = keys.value
  // A copy from the future would outlive its day.
  self.fetchedAt = Math.min(saved.value.fetchedAt, yield* Clock.currentTimeMillis)
})

const refresh = Effect.fnUntraced(function* (self: IssuerKeys, { directory, failed, fetch, succeeded }: Refreshing) {
  self.attemptedAt = yield* Clock.currentTimeMillis
  const exit = yield* Effect.suspend(() => fetch(self.url)).pipe(
    Effect.flatMap((document) => Effect.map(parseKeySet(document), (keys) => ({ document, keys }))),
    Effect.timeout(FETCH_TIMEOUT_MS),
    Effect.exit
  )
  // Whoever asked while the fetch was under way is answered by it, or will ask again.
  yield* Queue.clear(self.asked)
  if (Exit.isFailure(exit)) {
    failed.add()
    self.failures += 1
    // The first, then ever fewer: an outage of a day is about ten lines.
    if (Number.isInteger(Math.log2(self.failures))) {
      yield* Effect.logWarning(
        "signing keys not refreshed",
        { issuer: self.issuer, failures: self.failures },
        exit.cause
      )
    }
    return
  }
  succeeded.add()
  self.failures = 0
  self.fetchedAt = yield* Clock.currentTimeMillis
  const { document, keys } = exit.value
  // Tokens verified with the same keys stay verified.
  if (keys.fingerprint !== self.keys?.fingerprint) {
    self.keys = keys
    yield* Effect.logInfo("signing keys changed", { issuer: self.issuer })
  }
  if (directory !== undefined) {
    yield* writeKeySet(
      directory,
      new SavedKeySet({ issuer: self.issuer, url: self.url, fetchedAt: self.fetchedAt, document })
    )
  }
})
