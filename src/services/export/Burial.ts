import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Destination } from "../config/CompiledConfig.ts"
import { DeadLetters } from "./DeadLetters.ts"
import type { DestinationMonitor } from "./DestinationMonitor.ts"
import { failureName } from "./failureName.ts"
import type { TracePart } from "./frameParts.ts"
import { lettersOf } from "./lettersOf.ts"
import type { Buried } from "./settle.ts"
import type { Permanent } from "./TraceSink.ts"

/** Some ten seconds: a store that is broken for longer must not hold up what the destination does take. */
const patience = Schedule.exponential("100 millis", 2).pipe(Schedule.jittered, Schedule.upTo({ times: 6 }))

const NOBODY: Buried = new Set()

/**
 * Puts away what did not go out and what was refused, and says of which requests a letter is kept. It is durable when
 * this returns, so whoever acknowledges afterwards loses nothing; what cannot be kept is said, and dropped.
 */
export const makeBurial = Effect.fnUntraced(function* (destination: Destination, monitor: DestinationMonitor) {
  const deadLetters = yield* DeadLetters
  return Effect.fnUntraced(function* (parts: ReadonlyArray<TracePart>, refusal: Permanent | undefined) {
    if (refusal === undefined && parts.every((part) => part.lost === undefined)) return NOBODY
    const letters = lettersOf(destination, parts, refusal, yield* Clock.currentTimeMillis)
    if (letters.size === 0) return NOBODY
    return yield* deadLetters.append([...letters.values()]).pipe(
      Effect.retry(patience),
      Effect.as<Buried>(new Set(letters.keys())),
      Effect.catch((error) =>
        Effect.as(
          monitor.trouble("dead letters cannot be kept: spans are dropped", { cause: failureName(error.cause) }),
          NOBODY
        )
      )
    )
  })
})
