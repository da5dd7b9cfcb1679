import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import type { BatchCap } from "./BatchCap.ts"
import { makeBatcher } from "./Batcher.ts"
import { type DeadLetter, DeadLetters, type DeadLettersUnavailable } from "./DeadLetters.ts"
import { makeDelivery } from "./Delivery.ts"
import type { DestinationWork } from "./DestinationWork.ts"
import type { Expansion } from "./Expansion.ts"
import { failureName } from "./failureName.ts"
import { lighterPieces } from "./frameParts.ts"
import { type LetterPart, letterParts } from "./letterParts.ts"
import { backoffMillis } from "./retrySender.ts"
import { Permanent, Retryable } from "./TraceSink.ts"
import type { Paused, Wire } from "./Wire.ts"

export interface Replaying extends DestinationWork {
  readonly expansion: Expansion
  readonly cap: BatchCap
  readonly wire: Wire
  readonly mayProbe: Effect.Effect<boolean>
}

/** A request for a replay is noticed within this. */
const POLL = "1 second"

const STORE_PAUSE = "5 seconds"

/** What became of some letters. */
interface Replayed {
  /** All of the letter went out, or was refused. */
  readonly done: Set<number>
  readonly refused: Map<number, Permanent>
  /** Spans of a letter that the destination took note of and rejected; absent where there are none. */
  readonly rejectedSpans: Map<number, number>
  /** Why the rest was not sent. */
  unsent?: Paused | Retryable
}

/**
 * Sends the letters of a destination for which a replay was asked, until interrupted: expanded as the destination is
 * configured now, only the spans that were refused. A letter goes when the destination has taken it, and stays when it
 * is refused again. A destination that does not answer is tried again later, and live traffic goes on meanwhile, unless
 * it is asked to wait.
 */
export const replayDeadLetters = Effect.fnUntraced(function* ({
  cap,
  destination,
  expansion,
  mayProbe,
  monitor,
  wire
}: Replaying): Effect.fn.Return<never, Paused, DeadLetters> {
  const deadLetters = yield* DeadLetters
  let retries = 0

  /** Until it is written: a letter that was sent and not crossed off would be sent again and again. */
  const written = (effect: Effect.Effect<void, DeadLettersUnavailable>): Effect.Effect<void> =>
    Effect.catch(effect, (error) =>
      monitor
        .trouble("dead letters cannot be used", { cause: failureName(error.cause) })
        .pipe(Effect.andThen(Effect.sleep(STORE_PAUSE)), Effect.andThen(written(effect)))
    )

  const marked = deadLetters
    .take(destination.name, destination.maxBatchBytes)
    .pipe(
      Effect.catch((error) =>
        Effect.as(
          monitor.trouble("dead letters cannot be used", { cause: failureName(error.cause) }),
          [] as DeadLetter[]
        )
      )
    )

  const send = Effect.fnUntraced(function* (letters: ReadonlyArray<DeadLetter>) {
    const result: Replayed = { done: new Set(), refused: new Map(), rejectedSpans: new Map() }
    const deliver = makeDelivery<LetterPart, Paused | Retryable>({
      send: wire.sendOnce,
      conclude: (batch, outcome) =>
        Effect.suspend(() => {
          let rejections = Result.isSuccess(outcome) ? outcome.success.rejectedSpans : 0
          for (const { id, last, lost, spanCount } of batch.parts) {
            const rejected = Math.min(rejections, spanCount)
            rejections -= rejected
            if (rejected > 0) result.rejectedSpans.set(id, (result.rejectedSpans.get(id) ?? 0) + rejected)
            if (lost !== undefined) result.refused.set(id, new Permanent({ reason: lost.reason }))
            if (Result.isFailure(outcome) && spanCount > 0) result.refused.set(id, outcome.failure)
            if (last) result.done.add(id)
          }
          if (Result.isFailure(outcome) || batch.spanCount === 0) return Effect.void
          return monitor.accepted(outcome.success)
        }),
      limits: cap.limits,
      tooHeavy: cap.tooHeavy,
      lighter: (part, maxBytes) => {
        if (part.spanCount === 0) return [part]
        const pieces = lighterPieces(part, expansion, maxBytes)
        return pieces.map((piece, at) => ({ ...part, ...piece, last: part.last && at === pieces.length - 1 }))
      },
      mayProbe
    })
    const batcher = makeBatcher<LetterPart>(cap.limits)
    const parts = letters.flatMap((letter) => letterParts(letter, expansion, cap.configured))
    const batches = [...parts.map(batcher.add), batcher.flush()].filter((batch) => batch !== undefined)
    yield* Effect.forEach(batches, (batch) => deliver(batch), { discard: true }).pipe(
      Effect.catch((error) => Effect.sync(() => void (result.unsent = error)))
    )
    return result
  })

  const crossOff = Effect.fnUntraced(function* ({ done, refused, rejectedSpans }: Replayed) {
    const delivered = [...done].filter((id) => !refused.has(id))
    const whole = delivered.filter((id) => !rejectedSpans.has(id))
    if (whole.length > 0) yield* written(deadLetters.replayed(whole, 0))
    for (const id of delivered) {
      const rejected = rejectedSpans.get(id)
      if (rejected !== undefined) yield* written(deadLetters.replayed([id], rejected))
    }
    const refusedAt = yield* Clock.currentTimeMillis
    for (const [id, { message, reason }] of refused) {
      if (!done.has(id)) continue
      yield* written(deadLetters.refusedAgain([id], { reason, ...(message ? { answer: message } : {}), refusedAt }))
    }
  })

  const round = Effect.gen(function* () {
    const letters = yield* marked
    if (letters.length === 0) return yield* Effect.sleep(POLL)
    const { asked, crossing, unsent } = yield* wire.alone(
      Effect.gen(function* () {
        const result = yield* send(letters)
        const { unsent } = result
        // Beside the wire: a store that is broken must not hold it.
        const crossing = yield* Effect.forkChild(crossOff(result))
        // What the destination asks for holds for live traffic too.
        const asked = unsent instanceof Retryable ? (unsent.retryAfterMs ?? 0) : 0
        yield* Effect.sleep(asked)
        return { asked, crossing, unsent }
      })
    )
    yield* Fiber.join(crossing)
    if (unsent === undefined) {
      retries = 0
      return
    }
    if (!(unsent instanceof Retryable)) return yield* unsent
    const delayMs = Math.max(backoffMillis(retries++, 0.5), asked)
    yield* Effect.andThen(monitor.retrying(unsent, delayMs), Effect.sleep(delayMs - asked))
  })

  return yield* Effect.forever(round)
})
