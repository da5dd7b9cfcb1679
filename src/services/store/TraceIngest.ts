import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { failureName } from "../export/failureName.ts"
import { makeRateLimitedLog } from "../export/RateLimitedLog.ts"
import { type BusUnavailable, type Ledger, type StoredFrame, type Subscription, TraceBus } from "../trace/TraceBus.ts"
import type { TraceEvent } from "../trace/TraceEvent.ts"
import { type Arrival, arrivalsOf, dispositionOf, frameEvents, type Lose } from "./frameTraces.ts"
import type { StoreUnavailable } from "./StoreUnavailable.ts"
import { appendSafely, storeApart } from "./storeApart.ts"
import { TraceStore } from "./TraceStore.ts"

export interface TraceIngestStatus {
  /** In spans. Absent until the bus has once been reached. */
  readonly ledger?: Ledger
  /** Traces stored since this process started; those that came again count again. */
  readonly stored: number
  /** Batches that the store did not take, since this process started. */
  readonly failures: number
  /** The last batch was not taken: what is published waits in the bus. */
  readonly waiting: boolean
}

/** The store's consumer on the bus. */
export const STORE_CONSUMER = "store"

/** Bytes of frames that are taken, and acknowledged, together. */
const ROUND_BYTES = 2 * 1024 * 1024
/** Traces expanded in one go where all are at once; whoever shares the thread gets a turn after them. */
const PIECE = 32
/** After so many failures a round is one batch, to be taken apart, and larger, so that a trace at fault is seen beside others. */
const PATIENCE = 3
const APART_BYTES = 8 * ROUND_BYTES
const APART_BATCHES = 8

/**
 * Storing shares its thread with what cannot wait: the bus itself, and export. So it rests after each batch for as long
 * as that took, and whatever others took meanwhile with it; what is published lies in the bus. Where it has waited for a
 * minute already, a quarter of that is enough, before the bus gets full. A batch that took long waited for a store
 * elsewhere, which nobody here shares: the rest is short then.
 */
const restAfter = (tookMs: number, waitedMs: number): number =>
  Math.min(LONGEST_REST_MS, waitedMs < 60_000 ? tookMs : tookMs / 4)

const LONGEST_REST_MS = 500

const monotonicMs = Effect.map(Clock.currentTimeNanos, (now) => Number(now) / 1e6)

/**
 * Of what the bus can hold: more than this may not lie there for the store alone, or the bus would refuse what is new,
 * to the exporter too. What is oldest is dropped as `store_behind`.
 */
const SHARE_OF_BUS = 0.5

const START_PATIENCE = "5 seconds"

const restarts = Schedule.min([Schedule.exponential("1 second", 1.5), Schedule.spaced("30 seconds")]).pipe(
  Schedule.jittered
)

/** 200 ms × 2 for each failure, up to 30 s. */
const backoff = (failures: number): Duration.Duration => Duration.millis(Math.min(30_000, 100 * 2 ** failures))

/**
 * Stores what is published, as a consumer of its own: neither the export's trouble nor the store's is the other's. A
 * store that is away is waited for, the traces lie in the bus meanwhile. A trace that no store takes is dropped as
 * `unstorable`, its neighbours are stored. What is stored is what was captured: sampling and redaction are of export.
 * What would fill the bus for everybody is dropped as `store_behind`.
 * Building the layer waits until the consumer has its place in the bus, so that nothing published after it is missed.
 */
export class TraceIngest extends Context.Service<
  TraceIngest,
  {
    readonly status: Effect.Effect<TraceIngestStatus>
  }
>()("spangate/services/store/TraceIngest") {
  static readonly layer: Layer.Layer<TraceIngest, never, TraceBus | TraceStore> = Layer.effect(
    TraceIngest,
    Effect.gen(function* () {
      const bus = yield* TraceBus
      const store = yield* TraceStore
      const log = makeRateLimitedLog({ consumer: STORE_CONSUMER })
      const ready = yield* Latch.make()
      let subscription: Subscription | undefined
      let ledger: Ledger | undefined
      let stored = 0
      let failures = 0
      let failedInARow = 0

      /** Gives how many were stored. */
      const put = Effect.fnUntraced(function* (events: ReadonlyArray<TraceEvent>, token: string, lose: Lose) {
        const arrivals = arrivalsOf(events, lose)
        if (failedInARow >= PATIENCE) {
          const all: Array<Arrival> = []
          for (const arrival of arrivals) {
            all.push(arrival)
            if (all.length % PIECE === 0) yield* Effect.yieldNow
          }
          const unstorable = yield* storeApart(store, all, token)
          for (const { spans } of unstorable) lose("unstorable", spans)
          return all.length - unstorable.length
        }
        let taken = 0
        const traces = arrivals.map(({ trace }) => {
          taken += 1
          return trace
        })
        yield* appendSafely(store, traces, token)
        return taken
      })

      const settle = Effect.fnUntraced(function* (from: Subscription, frames: ReadonlyArray<StoredFrame>) {
        const [first, last] = [frames[0], frames.at(-1)]
        if (first === undefined || last === undefined) return
        const most = (store.batchTraces ?? Number.POSITIVE_INFINITY) * (failedInARow < PATIENCE ? 1 : APART_BATCHES)
        const lost = new Map<string, number>()
        const lose: Lose = (reason, spans) => lost.set(reason, (lost.get(reason) ?? 0) + spans)
        let waiting: Array<TraceEvent> = []
        let batches = 0
        let begun = yield* monotonicMs
        const storeWaiting = Effect.gen(function* () {
          const batch = waiting
          waiting = []
          stored += yield* put(batch, `${first.sequence}-${last.sequence}/${batches++}`, lose)
          const took = (yield* monotonicMs) - begun
          const waited = (yield* Clock.currentTimeMillis) - first.publishedAt
          yield* Effect.sleep(restAfter(took, waited))
          begun = yield* monotonicMs
        })
        for (const frame of frames) {
          for (const event of frameEvents(frame, lose)) {
            waiting.push(event)
            if (waiting.length >= most) yield* storeWaiting
          }
          yield* Effect.yieldNow
        }
        if (waiting.length > 0) yield* storeWaiting
        for (const [reason, spans] of lost) yield* log.warn("traces cannot be stored", { reason, spans })
        const spans = frames.reduce((total, frame) => total + frame.spans, 0)
        yield* from.acknowledge(last.sequence, dispositionOf(spans, lost))
        failedInARow = 0
      })

      /** Drops so many bytes of them, the oldest first. */
      const letGo = Effect.fnUntraced(function* (
        from: Subscription,
        frames: ReadonlyArray<StoredFrame>,
        bytes: number
      ) {
        let sequence = 0
        let spans = 0
        let left = bytes
        for (const frame of frames) {
          if (left <= 0) break
          sequence = frame.sequence
          spans += frame.spans
          left -= frame.bytes.length
        }
        yield* log.warn("traces cannot be stored", { reason: "store_behind", spans })
        yield* from.acknowledge(sequence, dispositionOf(spans, new Map([["store_behind", spans]])))
        yield* from.rewind
      })

      const round = Effect.fnUntraced(function* (
        from: Subscription
      ): Effect.fn.Return<void, BusUnavailable | StoreUnavailable> {
        const frames = yield* from.take(failedInARow < PATIENCE ? ROUND_BYTES : APART_BYTES)
        const { queuedBytes } = yield* from.ledger
        const excess = queuedBytes - SHARE_OF_BUS * (bus.capacityBytes ?? Number.POSITIVE_INFINITY)
        yield* excess > 0 ? letGo(from, frames, excess) : settle(from, frames)
      })

      const failed = Effect.fnUntraced(function* (from: Subscription, { cause }: StoreUnavailable) {
        failures += 1
        failedInARow += 1
        yield* from.rewind
        yield* log.warn("traces wait for their store", { cause: failureName(cause) })
        yield* Effect.sleep(backoff(failedInARow))
      })

      const work: Effect.Effect<never, BusUnavailable, Scope.Scope> = Effect.gen(function* () {
        const own = yield* bus.subscribe(STORE_CONSUMER)
        subscription = own
        yield* own.rewind
        yield* Latch.open(ready)
        return yield* Effect.forever(Effect.catchTag(round(own), "StoreUnavailable", (error) => failed(own, error)))
      })

      yield* work.pipe(
        Effect.scoped,
        Effect.tapCause((cause) =>
          Cause.hasInterruptsOnly(cause)
            ? Effect.void
            : log.warn("ingest of traces starts again", { cause: failureName(Cause.squash(cause)) })
        ),
        Effect.sandbox,
        Effect.retry(restarts),
        Effect.ignore,
        Effect.forkScoped
      )
      yield* Effect.timeoutOption(Latch.await(ready), START_PATIENCE)

      return TraceIngest.of({
        status: Effect.gen(function* () {
          if (subscription !== undefined) ledger = yield* Effect.orElseSucceed(subscription.ledger, () => ledger)
          return {
            ...(ledger === undefined ? {} : { ledger }),
            stored,
            failures,
            waiting: failedInARow > 0
          }
        })
      })
    })
  )
}
