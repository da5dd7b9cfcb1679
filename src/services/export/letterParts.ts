import * as Result from "effect/Result"
import type { DeadLetter } from "./DeadLetters.ts"
import type { Expansion } from "./Expansion.ts"
import { type BatchLimits, eventPieces, NOTHING, type TracePart } from "./frameParts.ts"

/** A share of a dead letter on its way out again. */
export interface LetterPart extends TracePart {
  readonly id: number
  /** Nothing more comes of the letter. */
  readonly last: boolean
}

/** A letter's refused spans, expanded anew, in parts under the limits; at least one. Never throws. */
export const letterParts = (
  { frame, id, spanIds, spans }: DeadLetter,
  expansion: Expansion,
  limits: BatchLimits
): ReadonlyArray<LetterPart> => {
  const decoded = expansion.decode(frame)
  const event = Result.isSuccess(decoded) ? decoded.success[0] : undefined
  if (event === undefined) {
    const detail = Result.isFailure(decoded) ? decoded.failure : "no event"
    const lost = { reason: "corrupt", spans, spanIds, detail } as const
    return [{ ...NOTHING, id, lost, last: true }]
  }
  const wanted = new Set(spanIds)
  const refused: Expansion = {
    ...expansion,
    expand: (event) => {
      const all = expansion.expand(event)
      return wanted.size === 0 ? all : all.filter((span) => wanted.has(span.spanContext().spanId))
    }
  }
  const pieces = eventPieces(event, refused, limits)
  return pieces.map((piece, at) => ({ ...piece, id, event, last: at === pieces.length - 1 }))
}
