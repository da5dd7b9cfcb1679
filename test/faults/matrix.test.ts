import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { cellSeed, DESTINATION_FAULTS, PROCESS_FAULTS, scheduleOf, TRANSPORTS } from "./Schedule.ts"
import { simulate } from "./Simulation.ts"

/** One schedule for each cell; with E2E_LONG=1 twenty. A single seed is replayed by `random.test.ts`. */
const SCHEDULES = process.env["FAULT_SEED"] !== undefined ? 0 : process.env["E2E_LONG"] === undefined ? 1 : 20

describe.skipIf(SCHEDULES === 0)("every transport × every fault of a destination × every fault of a process", () => {
  for (const transport of TRANSPORTS) {
    for (const fault of DESTINATION_FAULTS) {
      for (const process of PROCESS_FAULTS) {
        it.effect(`${transport} × ${fault} × ${process}: every span is accounted for`, () =>
          Effect.gen(function* () {
            for (let number = 1; number <= SCHEDULES; number++) {
              const { processes, requests, traces } = yield* simulate(
                scheduleOf(cellSeed(transport, fault, process, number))
              )
              assert.isAbove(traces, 0)
              assert.isAbove(requests, 0)
              if (process === "none") assert.strictEqual(processes, 1)
            }
          })
        )
      }
    }
  }
})
