import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { type Attempt, Retryable } from "./TraceSink.ts"

/** Bounds one attempt from its first byte to the end of its answer, however slowly that drips. */
export const timeoutSender = (attempt: Attempt, timeout: Duration.Input): Attempt =>
  Effect.timeoutOrElse(attempt, {
    duration: timeout,
    orElse: () => Effect.fail(new Retryable({ reason: "timeout" }))
  })
