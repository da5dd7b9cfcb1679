import * as Cause from "effect/Cause"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Semaphore from "effect/Semaphore"
import { FrameSink } from "./FrameSink.ts"
import { encodeFrame, encodeSender } from "./frame.ts"
import type { DetectedResource } from "./resource.ts"
import { SpanPublisher } from "./SpanPublisher.ts"
import { type Claim, SpanQueue } from "./SpanQueue.ts"
import { type BusFull, BusUnavailable, type Frame } from "./TraceBus.ts"

export interface PublisherOptions {
  /** Events queued or on their way to the bus. Default 16,384. */
  readonly maxEvents?: number
  /** Bytes of the same. Default 64 MiB. */
  readonly maxBytes?: number
  /** How long the first event of a frame waits for company. Default 50 ms. */
  readonly linger?: Duration.Input
  /** A frame is cut early at so many events. Default 256. */
  readonly frameEvents?: number
  /** A frame is cut early at so many bytes; only a single event is ever larger. Default 1 MiB. */
  readonly frameBytes?: number
  /** Frames on their way to the bus at the same time. Default 4. */
  readonly framesInFlight?: number
  /** One publication; one that takes longer is tried again. Default 10 s. */
  readonly publishTimeout?: Duration.Input
  /** For what is queued when the scope closes. Default 5 s. */
  readonly flushTimeout?: Duration.Input
  /** This process, where the spans are made in another one, which would take them for its own. */
  readonly sender?: DetectedResource
}

/** Short enough for several tries within the flush, long enough for a bus that is down. */
const retryPolicy = Schedule.min([Schedule.exponential("50 millis"), Schedule.spaced("1 second")]).pipe(
  Schedule.jittered
)

/** Losses are told to the bus at most this often. */
const LOSS_INTERVAL = "1 second"

/**
 * Publishes captured events to the bus from a bounded queue, in frames, off the request's path.
 *
 * Every span offered is published or dropped with a reason: `queue_full` (bounds reached: the newest goes),
 * `spool_full` (the bus takes no more), `not_encodable`, or `shutdown` (not stored within `flushTimeout` of the scope's
 * close). A bus that is unavailable or hangs is tried again for as long as it takes; a frame whose confirmation got
 * lost is then stored twice. Drops are told to the bus as `recordLoss`. No timer runs while nothing is queued.
 */
export const layer = (options: PublisherOptions = {}): Layer.Layer<SpanPublisher, never, FrameSink> =>
  Layer.effect(SpanPublisher, make(options))

const make = Effect.fnUntraced(function* (options: PublisherOptions) {
  const bus = yield* FrameSink
  const linger = options.linger ?? "50 millis"
  const frameEvents = options.frameEvents ?? 256
  const frameBytes = options.frameBytes ?? 1024 * 1024
  const publishTimeout = options.publishTimeout ?? "10 seconds"
  const flushTimeout = options.flushTimeout ?? "5 seconds"

  const sender = options.sender === undefined ? undefined : encodeSender(options.sender)
  const queue = new SpanQueue({ events: options.maxEvents ?? 16_384, bytes: options.maxBytes ?? 64 * 1024 * 1024 })
  const arrived = Latch.makeUnsafe()
  const frameReady = Latch.makeUnsafe()
  const lossToTell = Latch.makeUnsafe()
  const flushed = Latch.makeUnsafe()
  const permits = yield* Semaphore.make(options.framesInFlight ?? 4)
  const inFlight = yield* FiberSet.make<void>()
  let closing = false
  let busDown = false

  const hasFrame = (): boolean => queue.waiting >= frameEvents || queue.waitingBytes >= frameBytes

  const settled = Effect.sync(() => {
    if (queue.hasUntold) lossToTell.openUnsafe()
    if (closing && queue.idle) flushed.openUnsafe()
  })

  const noteUp = Effect.suspend(() => {
    if (!busDown) return Effect.void
    busDown = false
    return Effect.logInfo("trace bus available again")
  })

  const noteDown = (error: BusFull | BusUnavailable) =>
    Effect.suspend(() => {
      if (error._tag === "BusFull") return noteUp
      if (busDown) return Effect.void
      busDown = true
      return Effect.logWarning("trace bus unavailable, keeping spans in memory", error)
    })

  const publish = (frame: Frame, claim: Claim) =>
    bus.publish(frame).pipe(
      Effect.timeoutOrElse({
        duration: publishTimeout,
        orElse: () => Effect.fail(new BusUnavailable({ cause: new Error("publication timed out") }))
      }),
      // A bus that breaks is as good as one that is down: the frame must not go with it.
      Effect.catchDefect((defect) => Effect.fail(new BusUnavailable({ cause: defect }))),
      Effect.tapError(noteDown),
      Effect.retry({ schedule: retryPolicy, while: (error) => error._tag === "BusUnavailable" }),
      Effect.andThen(noteUp),
      Effect.onExit((exit) =>
        Effect.andThen(
          Effect.sync(() => {
            if (Exit.isSuccess(exit)) queue.published(claim)
            else queue.lost(claim, Cause.hasInterrupts(exit.cause) ? "shutdown" : "spool_full")
          }),
          settled
        )
      ),
      Effect.ensuring(Semaphore.release(permits, 1)),
      // A loss is counted above, and logged when the bus is told.
      Effect.ignoreCause
    )

  const cutFrame = Effect.gen(function* () {
    const { events, bytes, spans } = queue.take(frameEvents, frameBytes)
    // Nothing: the queue was closed while this waited for the bus.
    if (events.length === 0) return yield* Semaphore.release(permits, 1)
    const claim = { events: events.length, bytes, spans }
    const frame = Result.try(() => encodeFrame(events, sender))
    if (Result.isSuccess(frame)) return yield* FiberSet.run(inFlight, publish(frame.success, claim))
    queue.lost(claim, "not_encodable")
    yield* Effect.logError("captured events could not be encoded", frame.failure)
    yield* settled
    return yield* Semaphore.release(permits, 1)
  })

  const cutting = Effect.gen(function* () {
    yield* arrived.await
    // The latch resumes this fiber inside `offer`, on the request's stack: leave it before doing anything.
    yield* Effect.yieldNow
    yield* Effect.raceFirst(Effect.sleep(linger), frameReady.await)
    yield* Effect.yieldNow
    do {
      yield* Semaphore.take(permits, 1)
      yield* cutFrame
    } while (hasFrame())
    if (queue.waiting === 0) arrived.closeUnsafe()
    if (!closing) frameReady.closeUnsafe()
  })

  const tellLosses = Effect.gen(function* () {
    lossToTell.closeUnsafe()
    for (let loss = queue.takeUntold(); loss !== undefined; loss = queue.takeUntold()) {
      const { reason, spans } = loss
      yield* bus.recordLoss(spans, reason).pipe(
        Effect.timeout(publishTimeout),
        Effect.onError(() => Effect.sync(() => queue.returnUntold(spans, reason)))
      )
      yield* Effect.logWarning("spans dropped before the trace bus", { reason, spans })
    }
  }).pipe(
    Effect.onError(() => Effect.sync(() => lossToTell.openUnsafe())),
    Effect.ignoreCause
  )

  yield* cutting.pipe(Effect.forever, Effect.forkScoped)

  const telling = yield* lossToTell.await.pipe(
    Effect.andThen(Effect.yieldNow),
    Effect.andThen(tellLosses),
    Effect.andThen(Effect.sleep(LOSS_INTERVAL)),
    Effect.forever,
    Effect.forkScoped
  )

  // Added after the fibers, so that it runs while they still do. Finalizers are uninterruptible: the flush opts back in.
  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      closing = true
      frameReady.openUnsafe()
      if (!queue.idle) yield* flushed.await.pipe(Effect.interruptible, Effect.timeoutOption(flushTimeout))
      queue.close()
      yield* FiberSet.clear(inFlight)
      yield* Fiber.interrupt(telling)
      yield* tellLosses.pipe(Effect.interruptible, Effect.timeoutOption(LOSS_INTERVAL))
      for (let loss = queue.takeUntold(); loss !== undefined; loss = queue.takeUntold()) {
        yield* Effect.logError("spans dropped at shutdown, and the trace bus could not be told", loss)
      }
    })
  )

  return SpanPublisher.of({
    offer: (event) => {
      queue.offer(event)
      if (queue.waiting > 0) arrived.openUnsafe()
      if (hasFrame()) frameReady.openUnsafe()
      if (queue.hasUntold) lossToTell.openUnsafe()
    },
    stats: () => queue.stats()
  })
})
