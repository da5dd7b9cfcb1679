import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import type { BusUnavailable, Subscription } from "../trace/TraceBus.ts"
import type { BatchCap } from "./BatchCap.ts"
import { makeBatcher } from "./Batcher.ts"
import { makeBurial } from "./Burial.ts"
import type { DeadLetters } from "./DeadLetters.ts"
import { makeDelivery } from "./Delivery.ts"
import type { DestinationWork } from "./DestinationWork.ts"
import type { Expansion } from "./Expansion.ts"
import { type FramePart, frameParts, lighterPieces } from "./frameParts.ts"
import { NO_SPANS, type Outcome, settle } from "./settle.ts"
import type { Attempt, SpanBatch } from "./TraceSink.ts"
import type { Paused, Wire } from "./Wire.ts"

export interface Forwarding extends DestinationWork {
  readonly subscription: Subscription
  readonly expansion: Expansion
  readonly cap: BatchCap
  readonly wire: Wire
  readonly mayProbe: Effect.Effect<boolean>
  /** Waits for a bus that is away, for a while. */
  readonly untilBusAnswers: <A>(effect: Effect.Effect<A, BusUnavailable>) => Effect.Effect<A, BusUnavailable>
}

interface Prepared {
  readonly batch: SpanBatch<FramePart>
  readonly attempt: Attempt | undefined
}

/**
 * Takes, expands, sends, buries and acknowledges until interrupted. One fiber prepares the next batch while another
 * sends.
 */
export const forwardFrames = Effect.fnUntraced(function* ({
  cap,
  destination,
  expansion,
  mayProbe,
  monitor,
  subscription,
  untilBusAnswers,
  wire
}: Forwarding): Effect.fn.Return<never, BusUnavailable | Paused, DeadLetters> {
  const bury = yield* makeBurial(destination, monitor)
  let open = NO_SPANS
  const batcher = makeBatcher<FramePart>(cap.limits)
  // One prepared batch waits while one is sent; the fiber that prepares waits when it has another.
  const prepared = yield* Queue.bounded<Prepared>(1)

  const offer = (batch: SpanBatch<FramePart> | undefined) =>
    batch === undefined
      ? Effect.void
      : Effect.flatMap(batch.spanCount === 0 ? Effect.undefined : wire.prepare(batch), (attempt) =>
          Queue.offer(prepared, { batch, attempt })
        )

  const fill = Effect.gen(function* () {
    const frames = yield* untilBusAnswers(subscription.take(destination.maxBatchBytes))
    for (const frame of frames) {
      for (const part of frameParts(frame, expansion, cap.configured)) {
        if (part.lost !== undefined) yield* monitor.lost(part.lost)
        yield* offer(batcher.add(part))
      }
      // A frame is expanded in one go; whoever shares the thread gets a turn between two.
      yield* Effect.yieldNow
    }
    yield* offer(batcher.flush())
  })

  const conclude = Effect.fnUntraced(function* (batch: SpanBatch<FramePart>, outcome: Outcome) {
    const buried = yield* bury(batch.parts, Result.isFailure(outcome) ? outcome.failure : undefined)
    const settlement = settle(open, batch, outcome, buried)
    open = settlement.open
    wire.release(batch)
    if (settlement.acknowledge !== undefined) {
      const { disposition, sequence } = settlement.acknowledge
      yield* untilBusAnswers(subscription.acknowledge(sequence, disposition))
    }
    if (batch.spanCount > 0 && Result.isSuccess(outcome)) yield* monitor.accepted(outcome.success)
  })

  const lighter = (part: FramePart, maxBytes: number): ReadonlyArray<FramePart> => {
    if (part.spanCount === 0) return [part]
    const pieces = lighterPieces(part, expansion, maxBytes)
    return pieces.map((piece, at) => ({ ...part, ...piece, last: part.last && at === pieces.length - 1 }))
  }

  const deliver = makeDelivery<FramePart, BusUnavailable | Paused>({
    send: wire.send,
    conclude,
    limits: cap.limits,
    tooHeavy: cap.tooHeavy,
    lighter,
    mayProbe
  })

  const drain = Effect.flatMap(Queue.take(prepared), ({ attempt, batch }) => wire.alone(deliver(batch, attempt)))

  return yield* Effect.raceFirst(Effect.forever(fill), Effect.forever(drain))
})
