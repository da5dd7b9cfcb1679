import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { LONG } from "../../nats-e2e/kit/fleet.ts"

/** Milliseconds. The promise is one second; the rest is for a machine that is busy with other tests. */
export const SECOND = LONG ? 1000 : 2500

/** Asks again and again until it holds; gives how many milliseconds that took, and dies with the last answer when it takes too long. */
export const until = <A>(what: string, ask: Effect.Effect<A>, holds: (answer: A) => boolean, seconds = 20) =>
  Effect.suspend(() => {
    const began = performance.now()
    let last: A | undefined
    return ask.pipe(
      Effect.tap((answer) =>
        Effect.sync(() => {
          last = answer
        })
      ),
      Effect.repeat({ schedule: Schedule.spaced("10 millis"), until: holds }),
      Effect.timeoutOrElse({
        duration: `${seconds} seconds`,
        orElse: () => Effect.die(new Error(`${what}: not within ${seconds} s, but ${JSON.stringify(last)}`))
      }),
      Effect.map(() => performance.now() - began)
    )
  })
