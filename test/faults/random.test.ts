import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { scheduleOf } from "./Schedule.ts"
import { simulate } from "./Simulation.ts"

/** As a failure prints it; with it nothing else runs. */
const FAULT_SEED = process.env["FAULT_SEED"]

const COUNT = process.env["E2E_LONG"] === undefined ? 100 : 2000

const SEEDS =
  FAULT_SEED === undefined ? Array.from({ length: COUNT }, (_, index) => `random ${index + 1}`) : [FAULT_SEED]

describe("anything at any time", () => {
  for (const seed of SEEDS) {
    it.effect(`${seed}: every span is accounted for`, () =>
      Effect.gen(function* () {
        const { traces } = yield* simulate(scheduleOf(seed))
        assert.isAbove(traces, 0)
      })
    )
  }
})
