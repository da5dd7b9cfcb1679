import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { Destination } from "../config/CompiledConfig.ts"
import { expand } from "../trace/expand.ts"
import { decodeFrame } from "../trace/frame.ts"
import { excludeRequestData } from "../trace/redact.ts"
import { type BusUnavailable, TraceBus } from "../trace/TraceBus.ts"
import { makeBatcher, recut } from "./Batcher.ts"
import type { DestinationMonitor } from "./DestinationMonitor.ts"
import { asksForLess } from "./deliveryRules.ts"
import { failureName } from "./failureName.ts"
import { type BatchLimits, type Expansion, type FramePart, frameParts } from "./frameParts.ts"
import { retrySender } from "./retrySender.ts"
import { NO_SPANS, type Outcome, settle } from "./settle.ts"
import { type Attempt, Permanent, type SpanBatch, type TraceSink, TraceSinks } from "./TraceSink.ts"
import { timeoutSender } from "./timeoutSender.ts"

export interface DestinationWork {
  readonly destination: Destination
  /** Resource attributes common to all destinations. */
  readonly common: { readonly [key: string]: string }
  readonly monitor: DestinationMonitor
}

/** A destination's consumer on the bus. */
export const CONSUMER_PREFIX = "destination:"
export const consumerName = (destination: string): string => `${CONSUMER_PREFIX}${destination}`

/** However often a destination answers 413, its batches do not get smaller than this. */
const MIN_BATCH_BYTES = 64 * 1024

interface Prepared {
  readonly batch: SpanBatch<FramePart>
  readonly attempt: Attempt
}

/** A bus may come back; a subscription that has died does not, and only a new start gets another. */
const patience = Schedule.min([Schedule.exponential("100 millis", 2), Schedule.spaced("5 seconds")]).pipe(
  Schedule.jittered,
  Schedule.upTo({ duration: "1 minute" })
)
const restarts = Schedule.min([Schedule.exponential("1 second", 1.5), Schedule.spaced("30 seconds")]).pipe(
  Schedule.jittered
)

/** A bug of ours must not hold up all that comes after: the batch it strikes is dropped and counted. */
const withoutDefects = (attempt: Attempt, monitor: DestinationMonitor): Attempt =>
  Effect.catchDefect(attempt, (defect) =>
    Effect.andThen(
      monitor.trouble("export failed by a defect", { defect: failureName(defect) }),
      Effect.fail(new Permanent({ reason: "internal_error" }))
    )
  )

const expansionOf = (destination: Destination, sink: TraceSink): Expansion => ({
  decode: decodeFrame,
  expand: destination.excludeRequestData
    ? (event) => excludeRequestData(expand(event, sink.resource, sink.scope))
    : (event) => expand(event, sink.resource, sink.scope),
  trim: excludeRequestData,
  encode: sink.encode
})

/**
 * Takes, expands, sends and acknowledges until interrupted. One fiber prepares the next batch while another sends:
 * one batch is under way at a time, so a pause asked by the destination pauses all that is queued for it.
 */
const work = Effect.fnUntraced(function* ({
  common,
  destination,
  monitor
}: DestinationWork): Effect.fn.Return<never, BusUnavailable, TraceBus | TraceSinks | Scope.Scope> {
  const bus = yield* TraceBus
  const sinks = yield* TraceSinks
  const subscription = yield* bus.subscribe(consumerName(destination.name))
  yield* subscription.rewind
  yield* monitor.restarted(destination.maxBatchBytes)
  yield* monitor.watch(subscription)
  const opened = yield* Effect.result(sinks.open(destination, common))
  if (Result.isFailure(opened)) {
    yield* monitor.misconfigured(opened.failure.message)
    // What is published meanwhile waits in the bus for a better entry.
    return yield* Effect.never
  }
  const sink = opened.success
  const expansion = expansionOf(destination, sink)
  const limitsFor = (maxBytes: number): BatchLimits => ({
    maxBytes: Math.max(1, maxBytes - sink.envelopeBytes),
    maxSpans: destination.maxBatchSpans
  })
  const configured = limitsFor(destination.maxBatchBytes)
  let maxBatchBytes = destination.maxBatchBytes
  let limits = configured
  let open = NO_SPANS
  const batcher = makeBatcher<FramePart>(() => limits)
  // One prepared batch waits while one is sent; the fiber that prepares waits when it has another.
  const prepared = yield* Queue.bounded<Prepared>(1)

  const untilBusAnswers = <A>(effect: Effect.Effect<A, BusUnavailable>): Effect.Effect<A, BusUnavailable> =>
    effect.pipe(
      Effect.tapError((error) => monitor.trouble("bus is unavailable", { cause: failureName(error.cause) })),
      Effect.retry(patience)
    )

  const prepare = (batch: SpanBatch<FramePart>) =>
    batch.spanCount === 0
      ? Effect.succeed<Attempt>(Effect.succeed({ rejectedSpans: 0 }))
      : sink.prepare(batch).pipe(
          Effect.catchDefect((defect) => Effect.succeed<Attempt>(Effect.die(defect))),
          Effect.map((attempt) => withoutDefects(attempt, monitor))
        )

  const fill = Effect.gen(function* () {
    const frames = yield* untilBusAnswers(subscription.take(destination.maxBatchBytes))
    for (const frame of frames) {
      for (const part of frameParts(frame, expansion, configured)) {
        if (part.lost !== undefined) yield* monitor.lost(part.lost)
        const cut = batcher.add(part)
        if (cut !== undefined) yield* Queue.offer(prepared, { batch: cut, attempt: yield* prepare(cut) })
      }
      // A frame is expanded in one go; whoever shares the thread gets a turn between two.
      yield* Effect.yieldNow
    }
    const rest = batcher.flush()
    if (rest !== undefined) yield* Queue.offer(prepared, { batch: rest, attempt: yield* prepare(rest) })
  })

  const conclude = Effect.fnUntraced(function* (batch: SpanBatch<FramePart>, outcome: Outcome) {
    const settlement = settle(open, batch, outcome)
    open = settlement.open
    if (settlement.acknowledge === undefined) return
    const { disposition, sequence } = settlement.acknowledge
    yield* untilBusAnswers(subscription.acknowledge(sequence, disposition))
  })

  const deliver = Effect.fnUntraced(function* (batch: SpanBatch<FramePart>, attempt: Attempt) {
    if (batch.spanCount === 0) return yield* conclude(batch, Result.succeed({ rejectedSpans: 0 }))
    const timed = monitor.timed(timeoutSender(attempt, destination.timeoutMs))
    const outcome = yield* Effect.result(retrySender(timed, monitor.retrying))
    yield* conclude(batch, outcome)
    if (Result.isSuccess(outcome)) return yield* monitor.accepted(outcome.success)
    yield* monitor.refused(outcome.failure, batch.spanCount)
    if (!asksForLess(outcome.failure)) return
    maxBatchBytes = Math.min(maxBatchBytes, Math.max(MIN_BATCH_BYTES, Math.floor(batch.byteLength / 2)))
    limits = limitsFor(maxBatchBytes)
    yield* monitor.lowered(maxBatchBytes)
  })

  const drain = Effect.gen(function* () {
    const { attempt, batch } = yield* Queue.take(prepared)
    if (batch.byteLength <= limits.maxBytes) return yield* deliver(batch, attempt)
    for (const lighter of recut(batch, limits)) yield* deliver(lighter, yield* prepare(lighter))
  })

  return yield* Effect.raceFirst(Effect.forever(fill), Effect.forever(drain))
})

/** Runs a destination for as long as it is not interrupted: whatever ends it starts it again, later each time. */
export const destinationWorker = (options: DestinationWork): Effect.Effect<void, never, TraceBus | TraceSinks> =>
  work(options).pipe(
    Effect.scoped,
    Effect.tapCause((cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.void
        : options.monitor.trouble("destination starts again", { cause: failureName(Cause.squash(cause)) })
    ),
    Effect.sandbox,
    Effect.retry(restarts),
    Effect.ignore
  )
