import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { TraceBus } from "../../services/trace/TraceBus.ts"
import { makeGroupCommit } from "./spool/GroupCommit.ts"
import { makeSpool } from "./spool/Spool.ts"
import type { Synchronous } from "./spool/SpoolDatabase.ts"
import type { SpoolLocked, SpoolUnusable } from "./spool/SpoolErrors.ts"
import type { SpoolLog } from "./spool/SpoolLog.ts"
import { SpoolSubscription } from "./spool/SpoolSubscription.ts"

export interface SqliteTraceBusOptions {
  /** Of this spool alone; created when it is missing. */
  readonly directory: string
  /** Bound of the frames kept, without SQLite's own pages and its write-ahead log. Default 4 GiB. */
  readonly maxBytes?: number
  /** Frames older than this are dropped as `expired`, read or not. Default 7 days. */
  readonly maxAge?: Duration.Input
  /** Default `normal`: safe from a killed process, not from a power cut. */
  readonly synchronous?: Synchronous
}

const MAINTENANCE = "1 minute"

/**
 * A bus in one SQLite file of this machine, for one process; node:sqlite is synchronous, so keep it off the request
 * thread.
 *
 * A frame is kept until every consumer has settled it; without consumers nothing is kept. When the spool is full, frames
 * that some consumer has settled make room, the oldest first: whoever is behind drops them as `destination_behind`, the
 * trace store as `store_behind`. Where that is not enough, because everybody is behind, the newest is refused. A frame whose bytes changed
 * on disk is dropped as `corrupt`, and a file too damaged to go on with is moved aside as `spool.db.corrupt-<n>`. What
 * an acknowledgement leaves unsaid of the frames' spans is counted as `unaccounted`, so that a ledger always balances.
 */
export const layer = (options: SqliteTraceBusOptions): Layer.Layer<TraceBus, SpoolLocked | SpoolUnusable> =>
  Layer.effect(TraceBus, make(options))

const make = Effect.fnUntraced(function* (options: SqliteTraceBusOptions) {
  const maxAge = Duration.toMillis(options.maxAge ?? "7 days")
  const maxBytes = options.maxBytes ?? 4 * 1024 ** 3
  const live = new Map<string, SpoolSubscription>()
  const spool = yield* makeSpool({
    directory: options.directory,
    synchronous: options.synchronous ?? "normal",
    replaced: (log) => {
      for (const subscription of live.values()) subscription.restart(log)
    }
  })
  const reading = (log: SpoolLog): ReadonlySet<string> =>
    new Set([...live].filter(([, subscription]) => subscription.holdsFrames(log)).map(([name]) => name))

  const publish = yield* makeGroupCommit({
    spool,
    maxBytes,
    reading,
    appended: () => {
      for (const subscription of live.values()) subscription.wake()
    }
  })

  const expire = Effect.fnUntraced(function* (cutoff: number) {
    return yield* spool.use((log) => log.expire(cutoff, reading(log)))
  })

  /** Old frames, then free pages, in pieces: publishers and consumers come in between. */
  const maintain = Effect.gen(function* () {
    const cutoff = (yield* Clock.currentTimeMillis) - maxAge
    while (yield* expire(cutoff)) yield* Effect.yieldNow
    while (yield* spool.use((log) => log.reclaim())) yield* Effect.yieldNow
  }).pipe(Effect.ignoreCause({ log: "Warn", message: "spool could not be tidied" }))

  yield* maintain.pipe(Effect.repeat(Schedule.spaced(MAINTENANCE)), Effect.forkScoped)

  const subscribe = (consumer: string) =>
    Effect.acquireRelease(
      spool.use((log) => {
        if (live.has(consumer)) throw new Error(`${consumer} is already subscribed`)
        log.addConsumer(consumer)
        const subscription = new SpoolSubscription(spool, consumer, log)
        live.set(consumer, subscription)
        return subscription
      }),
      (subscription) =>
        Effect.sync(() => {
          subscription.end()
          if (live.get(consumer) === subscription) live.delete(consumer)
        })
    )

  const unsubscribe = Effect.fnUntraced(function* (consumer: string) {
    yield* spool.use((log) => log.removeConsumer(consumer))
    live.get(consumer)?.end()
    live.delete(consumer)
  })

  return TraceBus.of({
    publish,
    recordLoss: (spans, reason) => spool.use((log) => log.recordLoss(spans, reason)),
    subscribe,
    unsubscribe,
    consumers: spool.use((log) => log.consumers()),
    capacityBytes: maxBytes
  })
})
