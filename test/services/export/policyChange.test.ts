import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import type { Destination } from "../../../src/services/config/CompiledConfig.ts"
import { config, destination, Harness, publish, settled, start, world } from "./harness.ts"
import { frameOf } from "./traceEvents.ts"

const policies = (deny: string): Partial<Destination> => ({
  redaction: { denyAttributes: [deny], mask: [{ kind: "email", with: "hash" }] },
  sampling: { parent: "respect", unsampledRate: 0.1, remoteParent: "link" }
})

const sentInput = Effect.map(Harness, (harness) =>
  harness.sends().map(({ attributes }) => attributes.some((names) => "tfy.input" in names))
)

describe("a destination's redaction and sampling", () => {
  it.effect("when they change, hold for what is queued already", () =>
    Effect.gen(function* () {
      const harness = yield* Harness
      harness.misconfigure("no such host")
      yield* start
      yield* publish(frameOf(2))
      harness.misconfigure(undefined)
      yield* harness.configure(config([destination("a", policies("tfy.input"))]))
      yield* harness.untilSends(1)
      assert.deepStrictEqual(yield* sentInput, [false])
    }).pipe(Effect.provide(world(destination("a"))))
  )

  it.effect("when they change, hold for what is to be sent again", () =>
    Effect.gen(function* () {
      const harness = yield* Harness
      harness.always("a", { retry: "http_503" })
      yield* start
      yield* publish(frameOf(1))
      yield* harness.untilSends(1)
      yield* harness.configure(config([destination("a", policies("tfy.*"))]))
      yield* harness.untilSends(2)
      assert.deepStrictEqual(yield* sentInput, [true, false])
    }).pipe(Effect.provide(world(destination("a"))))
  )

  it.effect("when they are read anew and are the same, do not start it again", () =>
    Effect.gen(function* () {
      const harness = yield* Harness
      yield* start
      yield* harness.configure(config([destination("a", policies("tfy.input"))]))
      yield* settled
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(harness.opened().length, 1)
      yield* harness.configure(config([destination("a", policies("tfy.output"))]))
      yield* settled
      assert.strictEqual(harness.opened().length, 2)
    }).pipe(Effect.provide(world(destination("a", policies("tfy.input")))))
  )
})
