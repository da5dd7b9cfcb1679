import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { scheduleOf } from "./Schedule.ts"
import { simulate } from "./Simulation.ts"
it.effect("x", () => Effect.map(simulate(scheduleOf(process.env["FAULT_SEED"] ?? "")), (r) => console.log(r)))
