import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import { makeDestinationMonitor } from "../../../src/services/export/DestinationMonitor.ts"
import { Permanent, Retryable } from "../../../src/services/export/TraceSink.ts"

describe("when a destination last took something", () => {
  it.effect("is known from its first success on, and stays while it is in trouble", () =>
    Effect.gen(function* () {
      const monitor = yield* makeDestinationMonitor("a")
      const lastSuccessAt = Effect.map(monitor.status, ({ health }) => health.lastSuccessAt)
      assert.isUndefined(yield* lastSuccessAt)
      yield* TestClock.adjust("5 seconds")
      yield* monitor.accepted({ rejectedSpans: 0 })
      yield* TestClock.adjust("5 seconds")
      yield* monitor.retrying(new Retryable({ reason: "http_503" }), 100)
      const { health } = yield* monitor.status
      assert.deepStrictEqual(
        [health.state, health.since, health.lastError?.at, health.lastSuccessAt],
        ["retrying", 10_000, 10_000, 5000]
      )
      yield* monitor.accepted({ rejectedSpans: 1, message: "one was too old" })
      assert.strictEqual(yield* lastSuccessAt, 10_000)
      yield* monitor.restarted(1000)
      assert.strictEqual(yield* lastSuccessAt, 10_000)
    })
  )
})

describe("what a destination says", () => {
  it.effect("stands in its status and in no log line: it may quote a prompt", () => {
    const lines: Array<string> = []
    const logger = Logger.layer([
      Logger.make(({ fiber, message }) => {
        lines.push(JSON.stringify([message, fiber.getRef(References.CurrentLogAnnotations)]))
      })
    ])
    return Effect.gen(function* () {
      const monitor = yield* makeDestinationMonitor("a")
      const message = "invalid value: my secret prompt"
      yield* monitor.accepted({ rejectedSpans: 3, message })
      yield* monitor.accepted({ rejectedSpans: 0, message })
      for (const state of ["refused", "paused"] as const) {
        yield* monitor[state](new Permanent({ reason: `http_${state}`, message }), 4)
        assert.strictEqual((yield* monitor.status).health.lastError?.message, message)
      }
      assert.strictEqual(lines.length, 4)
      assert.notInclude(lines.join(), "secret prompt")
      assert.include(lines[2], "http_refused")
      assert.include(lines[3], "http_paused")
    }).pipe(Effect.provide(logger))
  })

  it.effect("is not what is wrong with the entry, which the log says in our words", () => {
    const lines: Array<string> = []
    const logger = Logger.layer([
      Logger.make(({ fiber }) => void lines.push(JSON.stringify(fiber.getRef(References.CurrentLogAnnotations))))
    ])
    return Effect.gen(function* () {
      yield* (yield* makeDestinationMonitor("a")).misconfigured("ca is not valid")
      assert.include(lines[0], "ca is not valid")
    }).pipe(Effect.provide(logger))
  })
})
