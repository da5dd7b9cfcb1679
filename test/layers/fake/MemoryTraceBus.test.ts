import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as MemoryTraceBus from "../../../src/layers/fake/MemoryTraceBus.ts"
import { TraceBus } from "../../../src/services/trace/TraceBus.ts"
import { frameOf, traceBusContract } from "../../contracts/traceBus.ts"

traceBusContract("MemoryTraceBus", (maxBytes) => MemoryTraceBus.layer({ maxBytes }))

it.effect("fails while it is down, and answers again when it is up", () =>
  Effect.gen(function* () {
    const bus = yield* TraceBus
    const { setMode } = yield* MemoryTraceBus.MemoryTraceBus
    yield* setMode("down")
    assert.strictEqual((yield* Effect.flip(bus.publish(frameOf(1))))._tag, "BusUnavailable")
    yield* setMode("up")
    yield* bus.publish(frameOf(1))
  }).pipe(Effect.provide(MemoryTraceBus.layer({ maxBytes: 100 })))
)

it.effect("answers nothing while it hangs", () =>
  Effect.gen(function* () {
    const bus = yield* TraceBus
    const { setMode } = yield* MemoryTraceBus.MemoryTraceBus
    yield* setMode("hung")
    const publishing = yield* Effect.forkChild(bus.publish(frameOf(1)), { startImmediately: true })
    yield* Effect.yieldNow
    assert.isUndefined(publishing.pollUnsafe())
    yield* setMode("up")
    yield* Fiber.join(publishing)
  }).pipe(Effect.provide(MemoryTraceBus.layer({ maxBytes: 100 })))
)
