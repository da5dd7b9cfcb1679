import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import { Exporter } from "../../../src/services/export/Exporter.ts"
import { exportMetrics } from "../../../src/services/export/exportMetrics.ts"
import {
  assertBalanced,
  config,
  destination,
  exporting,
  Harness,
  ledgerOf,
  lettersOf,
  ok,
  publish,
  settled,
  start,
  statusOf,
  untilEmpty,
  world
} from "./harness.ts"
import { frameOf } from "./traceEvents.ts"

const A = destination("a")
const B = destination("b")
const refusesKey = { drop: "http_401", fault: "unauthorized", message: "unknown key" } as const

const loud = (lines: Array<string>) =>
  Layer.merge(
    Logger.layer([
      Logger.make(({ logLevel, message }) => {
        if (logLevel === "Error") lines.push(String(message))
      })
    ]),
    Layer.succeed(References.MinimumLogLevel, "Error")
  )

describe("a destination that refuses its key", () => {
  it.effect("is sent nothing more, keeps what is queued, and goes on when its entry changes", () =>
    Effect.gen(function* () {
      const harness = yield* Harness
      harness.always("a", refusesKey)
      for (let i = 0; i < 5; i++) yield* publish(frameOf(2, 1 + 2 * i))
      yield* settled
      yield* TestClock.adjust("2 hours")
      yield* publish(frameOf(1, 11))
      yield* settled
      const parked = yield* statusOf("a")
      assert.strictEqual(harness.sends().filter((sent) => sent.destination.name === "a").length, 1)
      assert.deepStrictEqual([parked.paused, parked.health.state], [true, "unauthorized"])
      assert.strictEqual(parked.health.lastError?.message, "unknown key")
      assert.deepStrictEqual([ledgerOf(parked).queued, ledgerOf(parked).captured], [44, 44])
      assert.deepStrictEqual(yield* lettersOf("a"), [])
      assert.strictEqual(harness.openSinks(), 1, "no connection is held meanwhile")
      assert.strictEqual(ledgerOf(yield* statusOf("b")).delivered, 44, "the other does not notice")

      harness.always("a", ok)
      yield* harness.configure(config([destination("a", { headers: { authorization: Redacted.make("new") } }), B]))
      const status = yield* untilEmpty("a")
      assert.deepStrictEqual([status.paused, status.health.state, ledgerOf(status).delivered], [false, "healthy", 44])
      assertBalanced(ledgerOf(status))
    }).pipe(Effect.provide(exporting(A, B)))
  )

  it.effect("403 in the middle of a search for a poison trace pauses as well, and loses no trace", () =>
    Effect.gen(function* () {
      const { always, script } = yield* Harness
      script("a", [{ drop: "http_400" }, ok, { drop: "http_403", fault: "unauthorized" }])
      yield* publish(frameOf(4))
      yield* settled
      const parked = yield* statusOf("a")
      assert.deepStrictEqual([parked.paused, ledgerOf(parked).queued], [true, 16])
      always("a", ok)
      const harness = yield* Harness
      yield* harness.configure(config([{ ...A, timeoutMs: 1 }]))
      assert.strictEqual(ledgerOf(yield* untilEmpty("a")).delivered, 16)
    }).pipe(Effect.provide(exporting(A)))
  )

  it.effect("says so loudly, once and then every ten minutes, and without the key", () => {
    const lines: Array<string> = []
    return Effect.gen(function* () {
      const { always } = yield* Harness
      always("a", refusesKey)
      yield* publish(frameOf(1))
      yield* settled
      assert.strictEqual(lines.length, 1)
      assert.include(lines[0], "refuses its key")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(lines.length, 7)
      assert.notInclude(lines.join(), "key-of-a")
      const text = exportMetrics([yield* statusOf("a")], 0)
      assert.include(text, 'spangate_export_paused{destination="a"} 1')
    }).pipe(Effect.provide(exporting(A)), Effect.provide(loud(lines)))
  })

  it.effect("is not waited for at a shutdown, nor is one that cannot be opened", () =>
    Effect.gen(function* () {
      const harness = yield* Harness
      const { exporter, kill } = yield* start
      harness.always("a", refusesKey)
      yield* publish(frameOf(2))
      yield* settled
      const flushing = yield* Effect.forkChild(exporter.flush("5 seconds"))
      yield* settled
      assert.deepStrictEqual(yield* Fiber.join(flushing), [{ destination: "a", spans: 8 }], "without any time passing")
      yield* kill
    }).pipe(Effect.provide(world(A, B)))
  )

  it.effect("is tried again by the next process, and pauses again", () =>
    Effect.gen(function* () {
      const harness = yield* Harness
      harness.always("a", refusesKey)
      const first = yield* start
      yield* publish(frameOf(2))
      yield* settled
      yield* first.kill
      const second = yield* start
      yield* settled
      assert.strictEqual(harness.sends().length, 2)
      const [status] = yield* second.exporter.statuses
      assert.deepStrictEqual([status?.paused, status?.ledger?.queued], [true, 8])
      yield* second.kill
    }).pipe(Effect.provide(world(A)))
  )

  it.effect("drops to the dead letters what it refuses, where it is told to, and goes on sending", () =>
    Effect.gen(function* () {
      const { script, sends } = yield* Harness
      script("a", [refusesKey])
      yield* publish(frameOf(4))
      yield* untilEmpty("a")
      yield* publish(frameOf(1, 5))
      const status = yield* untilEmpty("a")
      assert.deepStrictEqual([ledgerOf(status).deadLettered, ledgerOf(status).delivered], [16, 4])
      assert.strictEqual(sends().length, 2, "one key is wrong for all traces: none is looked for")
      assert.isFalse(status.paused)
      const exporter = yield* Exporter
      assert.deepStrictEqual(yield* exporter.flush("1 second"), [])
    }).pipe(Effect.provide(exporting(destination("a", { onUnauthorized: "drop" }))))
  )
})
