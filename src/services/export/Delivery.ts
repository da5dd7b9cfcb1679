import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { recut } from "./Batcher.ts"
import { asksForLess } from "./deliveryRules.ts"
import type { BatchLimits, TracePart } from "./frameParts.ts"
import { halves } from "./halves.ts"
import type { Outcome } from "./settle.ts"
import type { Attempt, Permanent, SpanBatch } from "./TraceSink.ts"

/** However often a destination finds a request too heavy, it is not made lighter than this. */
export const MIN_BATCH_BYTES = 64 * 1024

export interface DeliveryOptions<Part extends TracePart, E> {
  /** One batch, until the destination has said yes or no. */
  readonly send: (batch: SpanBatch<Part>, attempt: Attempt | undefined) => Effect.Effect<Outcome, E>
  /** Called once for every part, in order, with what the destination said of the batch it went in. */
  readonly conclude: (batch: SpanBatch<Part>, outcome: Outcome) => Effect.Effect<void, E>
  /** As they are now. */
  readonly limits: () => BatchLimits
  /** The destination found so many bytes too much. */
  readonly tooHeavy: (byteLength: number) => Effect.Effect<void>
  /** A part in pieces of at most so many bytes, or without the spans that cannot be made as light. */
  readonly lighter: (part: Part, maxBytes: number) => ReadonlyArray<Part>
  /** Whether a refused batch may be sent again in two halves or more, to find out what is to blame. */
  readonly mayProbe: Effect.Effect<boolean>
}

/**
 * Whether one trace may be to blame for a batch. Not where the key, the address or the method is wrong, and not where
 * the answer outgrew us: its 2xx says that the spans arrived.
 */
export const mayHoldPoison = ({ fault, reason }: Permanent): boolean =>
  fault === undefined && reason !== "response_too_large"

/**
 * Sends a batch, and when it is refused finds out which of its requests cannot be taken: it goes again in halves, down
 * to single requests, so one among n costs two probes for each of log2(n) halvings. What is too heavy goes again in
 * lighter batches, a single request in lighter pieces, at once where it is over what the destination is known to take.
 * Without probes left, what was refused is concluded whole.
 */
export const makeDelivery = <Part extends TracePart, E>(options: DeliveryOptions<Part, E>) => {
  const { conclude, lighter, limits, mayProbe, send, tooHeavy } = options

  const lightened = Effect.fnUntraced(function* (batch: SpanBatch<Part>) {
    yield* tooHeavy(batch.byteLength)
    const { maxBytes, maxSpans } = limits()
    const lighterBatches = recut(batch, { maxBytes, maxSpans })
    if (lighterBatches.length > 1) return lighterBatches
    const half = Math.max(MIN_BATCH_BYTES, Math.floor(batch.byteLength / 2))
    if (half >= batch.byteLength || halves(batch) !== undefined || !(yield* mayProbe)) return undefined
    const parts = batch.parts.flatMap((part) => lighter(part, half))
    return recut({ ...batch, parts }, { maxBytes: half, maxSpans })
  })

  const split = Effect.fnUntraced(function* (batch: SpanBatch<Part>, refusal: Permanent) {
    if (asksForLess(refusal)) {
      const lighterBatches = yield* lightened(batch)
      if (lighterBatches !== undefined) return lighterBatches
    } else if (!mayHoldPoison(refusal)) return undefined
    const both = halves(batch)
    return both !== undefined && (yield* mayProbe) ? both : undefined
  })

  /** The batch in lighter ones, without a send to learn that it is too heavy; `undefined` where that is not to be had. */
  const underLimits = (batch: SpanBatch<Part>): ReadonlyArray<SpanBatch<Part>> | undefined => {
    const apart = recut(batch, limits())
    if (apart.length > 1) return apart
    const parts = batch.parts.flatMap((part) => lighter(part, limits().maxBytes))
    const pieces = recut({ ...batch, parts }, limits())
    // The destination may take more than the half of what it refused, so no span is given up untried. And what is no
    // lighter would come here again and again.
    const spanCount = pieces.reduce((sum, piece) => sum + piece.spanCount, 0)
    const isLighter = pieces.every(({ byteLength }) => byteLength < batch.byteLength)
    return spanCount === batch.spanCount && isLighter ? pieces : undefined
  }

  const deliver = Effect.fnUntraced(function* (batch: SpanBatch<Part>, attempt?: Attempt): Effect.fn.Return<void, E> {
    if (batch.spanCount === 0) return yield* conclude(batch, Result.succeed({ rejectedSpans: 0 }))
    if (batch.byteLength > limits().maxBytes) {
      const lighterBatches = underLimits(batch)
      if (lighterBatches !== undefined) return yield* deliverAll(lighterBatches)
    }
    const outcome = yield* send(batch, attempt)
    const pieces = Result.isFailure(outcome) ? yield* split(batch, outcome.failure) : undefined
    if (pieces === undefined) return yield* conclude(batch, outcome)
    yield* deliverAll(pieces)
  })

  const deliverAll = (batches: ReadonlyArray<SpanBatch<Part>>): Effect.Effect<void, E> =>
    Effect.forEach(batches, (batch) => deliver(batch), { discard: true })

  return deliver
}
