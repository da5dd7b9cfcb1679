import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"

/** Looks until it holds: for state of another process, which tells nobody that it changed. */
export const until = <E, R>(holds: Effect.Effect<boolean, E, R>): Effect.Effect<boolean, E, R> =>
  Effect.repeat(holds, { schedule: Schedule.spaced("20 millis"), until: (held) => held })
