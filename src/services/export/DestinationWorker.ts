import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { type BusUnavailable, type Subscription, TraceBus } from "../trace/TraceBus.ts"
import { makeBatchCap } from "./BatchCap.ts"
import type { DeadLetters } from "./DeadLetters.ts"
import type { DestinationWork } from "./DestinationWork.ts"
import { expansionOf } from "./Expansion.ts"
import { failureName } from "./failureName.ts"
import { forwardFrames } from "./forwardFrames.ts"
import { makeProbeBudget } from "./ProbeBudget.ts"
import { replayDeadLetters } from "./replayDeadLetters.ts"
import { type SinkMisconfigured, TraceSinks } from "./TraceSink.ts"
import { makeWire, type Paused } from "./Wire.ts"

/** A destination's consumer on the bus. */
export const CONSUMER_PREFIX = "destination:"
export const consumerName = (destination: string): string => `${CONSUMER_PREFIX}${destination}`

/** A bus may come back; a subscription that has died does not, and only a new start gets another. */
const patience = Schedule.min([Schedule.exponential("100 millis", 2), Schedule.spaced("5 seconds")]).pipe(
  Schedule.jittered,
  Schedule.upTo({ duration: "1 minute" })
)
const restarts = Schedule.min([Schedule.exponential("1 second", 1.5), Schedule.spaced("30 seconds")]).pipe(
  Schedule.jittered
)

/** How often a destination that waits for a better entry is spoken of. */
const REMINDER = "10 minutes"

/** Sends what is published, and what is replayed, until something makes it stop. */
const send = Effect.fnUntraced(function* (
  work: DestinationWork,
  subscription: Subscription
): Effect.fn.Return<never, Paused | SinkMisconfigured | BusUnavailable, DeadLetters | TraceSinks | Scope.Scope> {
  const { common, destination, monitor } = work
  const sinks = yield* TraceSinks
  const sink = yield* sinks.open(destination, common)
  const sending = {
    ...work,
    expansion: expansionOf(destination, sink),
    cap: makeBatchCap(destination, sink.envelopeBytes, monitor),
    wire: makeWire(destination, sink, monitor),
    mayProbe: yield* makeProbeBudget(monitor)
  }
  const untilBusAnswers = <A>(effect: Effect.Effect<A, BusUnavailable>): Effect.Effect<A, BusUnavailable> =>
    effect.pipe(
      Effect.tapError((error) => monitor.trouble("bus is unavailable", { cause: failureName(error.cause) })),
      Effect.retry(patience)
    )
  return yield* Effect.raceFirst(
    forwardFrames({ ...sending, subscription, untilBusAnswers }),
    replayDeadLetters(sending)
  )
})

/**
 * A destination from subscription to end. With an entry that cannot be opened, or a key that is refused, nothing can be
 * sent: what is published waits in the bus until the entry changes, which starts the destination anew.
 */
const work = Effect.fnUntraced(function* (
  options: DestinationWork
): Effect.fn.Return<never, BusUnavailable, DeadLetters | TraceBus | TraceSinks | Scope.Scope> {
  const { destination, monitor } = options
  const bus = yield* TraceBus
  const subscription = yield* bus.subscribe(consumerName(destination.name))
  yield* subscription.rewind
  yield* monitor.restarted(destination.maxBatchBytes)
  yield* monitor.watch(subscription)
  const stopped = yield* Effect.scoped(send(options, subscription)).pipe(
    Effect.catchTags({
      Paused: ({ refusal }) => Effect.succeed(monitor.paused(refusal)),
      SinkMisconfigured: ({ message }) => Effect.succeed(monitor.misconfigured(message))
    })
  )
  // Lets go of the frames in hand, so that they can grow old like the others.
  yield* subscription.rewind
  yield* stopped
  return yield* Effect.forever(Effect.delay(stopped, REMINDER))
})

/** Runs a destination for as long as it is not interrupted: whatever ends it starts it again, later each time. */
export const destinationWorker = (
  options: DestinationWork
): Effect.Effect<void, never, DeadLetters | TraceBus | TraceSinks> =>
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
