import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { cellSeed, DESTINATION_FAULTS, PROCESS_FAULTS, scheduleOf, TRANSPORTS } from "./Schedule.ts"
import { simulate } from "./Simulation.ts"

for (const transport of TRANSPORTS) {
  for (const fault of DESTINATION_FAULTS) {
    describe(`${transport}, a destination with "${fault}"`, () => {
      for (const process of PROCESS_FAULTS) {
        it.effect(`and ${process}: every span is accounted for`, () =>
          Effect.gen(function* () {
            const report = yield* simulate(scheduleOf(cellSeed(transport, fault, process)))
            assert.isAbove(report.traces, 0)
            assert.isAbove(report.requests, 0)
          })
        )
      }
    })
  }
}
