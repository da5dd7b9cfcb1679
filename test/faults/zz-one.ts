import * as Effect from "/work/main/node_modules/effect/dist/Effect.js"
import * as TestClock from "/work/main/node_modules/effect/dist/testing/TestClock.js"
import { scheduleOf } from "/work/main/test/faults/Schedule.ts"
import { simulate } from "/work/main/test/faults/Simulation.ts"

process.on("SIGINT", () => process.exit(0))
console.log(await Effect.runPromise(Effect.provide(simulate(scheduleOf(process.argv[2])), TestClock.layer())))
