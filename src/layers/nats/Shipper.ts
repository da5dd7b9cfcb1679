import { randomUUID } from "node:crypto"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { Metrics } from "../../services/metrics/Metrics.ts"
import {
  type BusFull,
  type BusUnavailable,
  type Frame,
  type Ledger,
  type StoredFrame,
  TraceBus
} from "../../services/trace/TraceBus.ts"
import { type NatsAway, nobodyListens } from "./NatsAway.ts"
import { NatsLink } from "./NatsLink.ts"
import { contentId, makeNatsPublisher } from "./NatsPublisher.ts"
import { makeToldLosses } from "./ToldLosses.ts"
import { ensureStream, type StreamSettings } from "./traceStream.ts"

/** The spool's reader. */
const CONSUMER = "nats"
/** Taken from the spool at once, and under way to NATS together. */
const DRAIN_BYTES = 8 * 1024 ** 2
const DRAIN_CONCURRENCY = 16
const LOSS_INTERVAL = "1 second"

/** Quick enough for a leader's election, calm enough for a server that is full for a day. */
const patience = Schedule.jittered(Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("2 seconds")]))

/**
 * Brings a gateway's frames to the trace stream: straight, while NATS takes them, and through the local spool while it
 * is away, slow or full. What waits in the spool goes first, in the order of capture, and is published with the same id
 * as it was tried with before, so that the stream stores it once. Past the spool's bound the newest is refused.
 */
export class Shipper extends Context.Service<
  Shipper,
  {
    /** Returns once the stream has confirmed the frame or the spool has it on disk. */
    readonly publish: (frame: Frame) => Effect.Effect<void, BusFull | BusUnavailable>
    /** On disk when it returns; the stream is told when it can be. */
    readonly recordLoss: (spans: number, reason: string) => Effect.Effect<void, BusUnavailable>
    /** Waits until the spool is empty, no longer than the deadline; gives the spans that stay in it. */
    readonly flush: (deadline: Duration.Input) => Effect.Effect<number>
  }
>()("spangate/layers/nats/Shipper") {
  /** The bus is the spool, in `directory`. */
  static readonly layer = (settings: StreamSettings, directory: string) =>
    Layer.effect(Shipper, make(settings, directory))
}

const make = Effect.fnUntraced(function* (
  settings: StreamSettings,
  directory: string
): Effect.fn.Return<Shipper["Service"], BusUnavailable, TraceBus | NatsLink | Metrics | Scope.Scope> {
  const spool = yield* TraceBus
  const link = yield* NatsLink
  const publisher = makeNatsPublisher(link, settings)
  const queue = yield* spool.subscribe(CONSUMER)
  const losses = yield* makeToldLosses(directory, randomUUID())
  const counters = makeCounters(yield* Metrics)
  const emptied = Latch.makeUnsafe(true)
  const lossToTell = Latch.makeUnsafe(true)
  let ensured = false

  /** While frames wait in the spool, later ones go there too. */
  let spooling = (yield* queue.ledger).queued > 0
  let appending = 0

  const enterSpooling = Effect.suspend(() => {
    if (spooling) return Effect.void
    spooling = true
    counters.spooling.set(1)
    emptied.closeUnsafe()
    return Effect.logWarning("NATS does not take traces: they wait in the spool")
  })

  const leaveSpooling = (ledger: Ledger) =>
    Effect.suspend(() => {
      if (!spooling || appending > 0 || ledger.queued > 0) return Effect.void
      spooling = false
      counters.spooling.set(0)
      emptied.openUnsafe()
      return Effect.logInfo("the spool is empty: traces go straight to NATS")
    })

  const readLedger = Effect.tap(queue.ledger, ({ queued, queuedBytes }) =>
    Effect.sync(() => {
      counters.spoolSpans.set(queued)
      counters.spoolBytes.set(queuedBytes)
    })
  )

  const ship = (frame: Frame): Effect.Effect<void, NatsAway> =>
    Effect.gen(function* () {
      if (!ensured) {
        yield* ensureStream(link, settings)
        ensured = true
      }
      const id = contentId(frame.bytes)
      yield* publisher.publish(frame, id)
    }).pipe(
      Effect.tapError((error) =>
        Effect.sync(() => {
          counters.failed.add()
          // It may have been removed.
          if (nobodyListens(error)) ensured = false
        })
      ),
      Effect.tap(() => Effect.sync(() => counters.shipped.add(frame.spans)))
    )

  const append = (frame: Frame) =>
    Effect.suspend(() => {
      appending += 1
      return Effect.ensuring(
        spool.publish(frame),
        Effect.sync(() => {
          appending -= 1
        })
      )
    }).pipe(
      Effect.tap(() =>
        Effect.sync(() => {
          counters.spooled.add(frame.spans)
          counters.spoolSpans.add(frame.spans)
          counters.spoolBytes.add(frame.bytes.byteLength)
        })
      )
    )

  const publish = (frame: Frame) =>
    Effect.suspend(() =>
      spooling ? append(frame) : Effect.catch(ship(frame), () => Effect.andThen(enterSpooling, append(frame)))
    )

  const shipForSure = (frame: StoredFrame) =>
    Effect.andThen(link.whenUp, ship(frame)).pipe(
      Effect.tapError((error) => Effect.logDebug("a frame of the spool is tried again", error)),
      Effect.retry(patience),
      // Whatever schedule, it does not end before the frame is stored.
      Effect.orDie
    )

  const drain = Effect.gen(function* () {
    const frames = yield* queue.take(DRAIN_BYTES)
    yield* Effect.forEach(frames, shipForSure, { concurrency: DRAIN_CONCURRENCY, discard: true })
    const last = frames.at(-1)
    if (last === undefined) return
    const spans = frames.reduce((total, frame) => total + frame.spans, 0)
    yield* queue.acknowledge(last.sequence, { delivered: spans, rejected: 0, deadLettered: 0, dropped: {} })
    const ledger = yield* readLedger
    if (Object.keys(ledger.dropped).length > 0) lossToTell.openUnsafe()
    yield* leaveSpooling(ledger)
  })

  const tellLosses = Effect.gen(function* () {
    yield* lossToTell.await
    yield* link.whenUp
    lossToTell.closeUnsafe()
    const { dropped } = yield* readLedger
    for (const loss of losses.untold(dropped)) {
      yield* publisher.publishLoss(loss, loss.id)
      yield* losses.told(loss)
    }
  }).pipe(
    Effect.tapError(() => Effect.sync(() => lossToTell.openUnsafe())),
    Effect.ignore
  )

  counters.spooling.set(spooling ? 1 : 0)
  if (spooling) emptied.closeUnsafe()
  yield* readLedger

  yield* drain.pipe(
    Effect.tapCause((cause) =>
      Effect.andThen(queue.rewind, Effect.logWarning("the spool could not be drained and is tried again", cause))
    ),
    Effect.sandbox,
    Effect.retry(patience),
    Effect.ignore,
    Effect.forever,
    Effect.forkScoped
  )
  yield* tellLosses.pipe(Effect.andThen(Effect.sleep(LOSS_INTERVAL)), Effect.forever, Effect.forkScoped)

  return Shipper.of({
    publish,
    recordLoss: (spans, reason) => Effect.map(spool.recordLoss(spans, reason), () => void lossToTell.openUnsafe()),
    flush: (deadline) =>
      emptied.await.pipe(
        Effect.timeoutOption(deadline),
        Effect.andThen(Effect.orElseSucceed(readLedger, () => undefined)),
        Effect.map((ledger) => ledger?.queued ?? 0)
      )
  })
})

const makeCounters = (metrics: Metrics["Service"]) => ({
  shipped: metrics
    .counter("spangate_shipper_shipped_spans_total", "Spans that the trace stream has confirmed.")
    .labels(),
  spooled: metrics
    .counter("spangate_shipper_spooled_spans_total", "Spans that took the way through the spool.")
    .labels(),
  failed: metrics
    .counter("spangate_shipper_failed_publications_total", "Publications that the trace stream did not confirm.")
    .labels(),
  spooling: metrics.gauge("spangate_shipper_spooling", "1 while traces go to the spool instead of NATS.").labels(),
  spoolSpans: metrics.gauge("spangate_shipper_spool_spans", "Spans in the spool.").labels(),
  spoolBytes: metrics.gauge("spangate_shipper_spool_bytes", "Bytes of frames in the spool.").labels()
})
