import * as Schema from "effect/Schema"

/**
 * Where a publication of the configuration stands among all there ever were: by epoch, then by number. Whoever has seen
 * one takes no earlier one, so that nobody can bring back what was replaced, a revoked token say, by writing what NATS
 * once held.
 */
export const PublicationOrder = Schema.Struct({
  /** Unix milliseconds at which the one who counts began to count. */
  epoch: Schema.Number,
  number: Schema.Number
})
export type PublicationOrder = typeof PublicationOrder.Type

/** Every order is after none. */
export const isBefore = (a: PublicationOrder | undefined, b: PublicationOrder | undefined): boolean => {
  if (b === undefined) return false
  return a === undefined || a.epoch < b.epoch || (a.epoch === b.epoch && a.number < b.number)
}
