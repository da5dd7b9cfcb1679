import * as Effect from "effect/Effect"
import type { DeadLetters } from "../../src/services/export/DeadLetters.ts"
import type { Subscription, TraceBus } from "../../src/services/trace/TraceBus.ts"
import type { Moment } from "./Schedule.ts"

/** Goes on, or never does, where the process dies at this moment or was dead before. */
export type Pass = (moment: Moment) => Effect.Effect<void>

/** The bus with the moments at which its process may die. */
export const mortalBus = (bus: TraceBus["Service"], pass: Pass): TraceBus["Service"] => ({
  ...bus,
  publish: (frame) => Effect.andThen(bus.publish(frame), pass("frame stored")),
  subscribe: (consumer) =>
    Effect.map(
      bus.subscribe(consumer),
      (subscription): Subscription => ({
        take: subscription.take,
        rewind: subscription.rewind,
        ledger: subscription.ledger,
        acknowledge: (sequence, disposition) =>
          pass("before acknowledging").pipe(
            Effect.andThen(subscription.acknowledge(sequence, disposition)),
            Effect.andThen(pass("acknowledged"))
          )
      })
    )
})

/** The dead letters with the same. */
export const mortalLetters = (letters: DeadLetters["Service"], pass: Pass): DeadLetters["Service"] => ({
  ...letters,
  append: (all) => Effect.andThen(letters.append(all), pass("letters stored")),
  replayed: (ids, rejectedSpans) => Effect.andThen(letters.replayed(ids, rejectedSpans), pass("letters crossed off")),
  refusedAgain: (ids, refusal) => Effect.andThen(letters.refusedAgain(ids, refusal), pass("letters crossed off"))
})
