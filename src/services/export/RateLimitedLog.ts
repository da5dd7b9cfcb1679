import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

const INTERVAL_MS = 10_000

/**
 * Warnings at most once per ten seconds and kind; the next one says how many were held back.
 * A destination that is down would otherwise fill the log at the speed of the traffic.
 */
export interface RateLimitedLog {
  readonly warn: (kind: string, fields?: { readonly [name: string]: unknown }) => Effect.Effect<void>
}

export const makeRateLimitedLog = (common: { readonly [name: string]: unknown }): RateLimitedLog => {
  const kinds = new Map<string, { at: number; heldBack: number }>()
  return {
    warn: (kind, fields = {}) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const known = kinds.get(kind)
        if (known !== undefined && now - known.at < INTERVAL_MS) {
          known.heldBack++
          return Effect.void
        }
        const heldBack = known === undefined || known.heldBack === 0 ? {} : { heldBack: known.heldBack }
        kinds.set(kind, { at: now, heldBack: 0 })
        return Effect.logWarning(kind).pipe(Effect.annotateLogs({ ...common, ...fields, ...heldBack }))
      })
  }
}
