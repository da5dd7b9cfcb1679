import * as Effect from "effect/Effect"

/** Lets the other fibers and the event loop go on until the condition holds; the test's own time limit ends it. */
export const until = (condition: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (condition() ? Effect.void : Effect.andThen(Effect.yieldNow, until(condition))))
