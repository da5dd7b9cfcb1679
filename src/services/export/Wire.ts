import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import type { Destination } from "../config/CompiledConfig.ts"
import type { DestinationMonitor } from "./DestinationMonitor.ts"
import { failureName } from "./failureName.ts"
import type { TracePart } from "./frameParts.ts"
import { retrySender } from "./retrySender.ts"
import type { Outcome } from "./settle.ts"
import { type Accepted, type Attempt, Permanent, type Retryable, type SpanBatch, type TraceSink } from "./TraceSink.ts"
import { timeoutSender } from "./timeoutSender.ts"

/** The destination refuses its key, and nothing more may be sent to it until its entry changes. */
export class Paused extends Schema.TaggedError<Paused>()("Paused", { refusal: Permanent }) {}

/** A destination's sink with the rules of sending around it. */
export interface Wire {
  readonly prepare: (batch: SpanBatch<TracePart>) => Effect.Effect<Attempt>
  /** Sends until the destination has said yes or no. */
  readonly send: (batch: SpanBatch<TracePart>, attempt: Attempt | undefined) => Effect.Effect<Outcome, Paused>
  /** Sends once. */
  readonly sendOnce: (
    batch: SpanBatch<TracePart>,
    attempt: Attempt | undefined
  ) => Effect.Effect<Outcome, Paused | Retryable>
  /** The batch is concluded: what it was made of is not read again. */
  readonly release: (batch: SpanBatch<TracePart>) => void
  /** Holds the wire: one request is under way at a time, so a pause that the destination asks for is one for all. */
  readonly alone: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

export const makeWire = (destination: Destination, sink: TraceSink, monitor: DestinationMonitor): Wire => {
  const permit = Semaphore.makeUnsafe(1)

  /** A bug of ours must not hold up all that comes after: it counts as a refusal of what it strikes. */
  const withoutDefects = (attempt: Attempt): Attempt =>
    Effect.catchDefect(attempt, (defect) =>
      Effect.andThen(
        monitor.trouble("export failed by a defect", { defect: failureName(defect) }),
        Effect.fail(new Permanent({ reason: "internal_error" }))
      )
    )

  const prepare = (batch: SpanBatch) =>
    sink.prepare(batch).pipe(
      Effect.catchDefect((defect) => Effect.succeed<Attempt>(Effect.die(defect))),
      Effect.map(withoutDefects)
    )

  const timed = (batch: SpanBatch, attempt: Attempt | undefined) =>
    Effect.map(attempt === undefined ? prepare(batch) : Effect.succeed(attempt), (ready) =>
      monitor.timed(timeoutSender(ready, destination.timeoutMs))
    )

  const refused = (batch: SpanBatch) => (refusal: Permanent) => {
    const pauses = refusal.fault === "unauthorized" && destination.onUnauthorized === "pause"
    return Effect.andThen(
      monitor.refused(refusal, batch.spanCount),
      pauses ? Effect.fail(new Paused({ refusal })) : Effect.succeed<Outcome>(Result.fail(refusal))
    )
  }

  const accepted = (answer: Accepted): Outcome => Result.succeed(answer)

  return {
    prepare,
    send: (batch, attempt) =>
      timed(batch, attempt).pipe(
        Effect.flatMap((ready) => retrySender(ready, monitor.retrying)),
        Effect.map(accepted),
        Effect.catchTag("Permanent", refused(batch))
      ),
    sendOnce: (batch, attempt) =>
      Effect.flatten(timed(batch, attempt)).pipe(Effect.map(accepted), Effect.catchTag("Permanent", refused(batch))),
    release: ({ parts }) => {
      for (const { bytes } of parts) if (bytes.length > 0) sink.release?.(bytes)
    },
    alone: permit.withPermits(1)
  }
}
