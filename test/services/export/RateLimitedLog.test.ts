import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import { makeRateLimitedLog } from "../../../src/services/export/RateLimitedLog.ts"
import { destination, exporting, Harness, publish, settled } from "./harness.ts"
import { corruptFrame, frameOf, frameWithBrokenEvent } from "./traceEvents.ts"

interface Line {
  readonly message: unknown
  readonly annotations: { readonly [name: string]: unknown }
}

const collect = (lines: Array<Line>) =>
  Logger.layer([
    Logger.make((options) => {
      lines.push({
        message: options.message,
        annotations: { ...options.fiber.getRef(References.CurrentLogAnnotations) }
      })
    })
  ])

describe("RateLimitedLog", () => {
  it.effect("says the same kind once in ten seconds, and what it held back", () => {
    const lines: Array<Line> = []
    return Effect.gen(function* () {
      const log = makeRateLimitedLog({ destination: "a" })
      for (let i = 0; i < 5; i++) yield* log.warn("retry", { i })
      yield* log.warn("drop")
      yield* TestClock.adjust("9999 millis")
      yield* log.warn("retry", { i: 5 })
      assert.strictEqual(lines.length, 2)
      yield* TestClock.adjust("1 millis")
      yield* log.warn("retry", { i: 6 })
      assert.deepStrictEqual(
        lines.map((line) => line.annotations),
        [{ destination: "a", i: 0 }, { destination: "a" }, { destination: "a", i: 6, heldBack: 5 }]
      )
    }).pipe(Effect.provide(collect(lines)))
  })

  it.effect("an hour of every kind of trouble fills neither the log nor puts a key or a prompt in it", () => {
    const lines: Array<Line> = []
    return Effect.gen(function* () {
      const { script } = yield* Harness
      script("a", [
        { drop: "http_404", fault: "misconfigured" },
        { accept: { rejectedSpans: 1, message: "too old" } },
        "defect",
        { retry: "http_503" },
        "hang"
      ])
      for (let minute = 0; minute < 60; minute++) {
        yield* publish(frameOf(1, minute + 1))
        yield* publish(frameWithBrokenEvent(1, 1))
        yield* publish(corruptFrame(1))
        yield* settled
        yield* TestClock.adjust("1 minute")
      }
      const text = JSON.stringify(lines)
      assert.isTrue(lines.length > 5 && lines.length < 200, `${lines.length} lines`)
      for (const kind of ["refused a batch", "rejected spans", "retried", "unexpandable", "corrupt", "defect"]) {
        assert.include(text, kind)
      }
      assert.notInclude(text, "top-secret-key")
      assert.notInclude(text, "canary")
    }).pipe(
      Effect.provide(exporting(destination("a", { headers: { Authorization: Redacted.make("top-secret-key") } }))),
      Effect.provide(collect(lines))
    )
  })
})
