import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { MemoryDeadLetters } from "../../../src/layers/fake/MemoryDeadLetters.ts"
import { MemoryTraceBus } from "../../../src/layers/fake/MemoryTraceBus.ts"
import { Exporter } from "../../../src/services/export/Exporter.ts"
import { TraceBus } from "../../../src/services/trace/TraceBus.ts"
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
  traceIdOf,
  untilEmpty,
  world
} from "./harness.ts"
import { corruptFrame, frameOf, frameWithBrokenEvent, SPANS_PER_EVENT } from "./traceEvents.ts"

const A = destination("a")
const B = destination("b")

describe("delivery", () => {
  it.effect("sends what is published and settles it", () =>
    Effect.gen(function* () {
      yield* publish(frameOf(3))
      const status = yield* untilEmpty("a")
      const { sends } = yield* Harness
      assert.strictEqual(sends().flatMap((sent) => sent.spanIds).length, 3 * SPANS_PER_EVENT)
      assert.deepStrictEqual(
        { ...ledgerOf(status) },
        {
          captured: 12,
          delivered: 12,
          rejected: 0,
          deadLettered: 0,
          dropped: {},
          queued: 0,
          queuedBytes: 0
        }
      )
      assert.strictEqual(status.health.state, "healthy")
      assert.strictEqual(status.batches, 1)
    }).pipe(Effect.provide(exporting(A)))
  )

  it.effect("gives back what was encoded once the destination has said yes or no to it", () =>
    Effect.gen(function* () {
      const { decide, script, sends, unreleased } = yield* Harness
      // Found by halves, after a first try that is repeated.
      decide("a", ({ spanIds }) => (spanIds.length > SPANS_PER_EVENT ? { drop: "http_400" } : undefined))
      script("a", [{ retry: "http_503", afterMs: 0 }])
      yield* publish(frameOf(4))
      yield* untilEmpty("a")
      assert.isAbove(sends().length, 4)
      assert.strictEqual(unreleased(), 0)
    }).pipe(Effect.provide(exporting(A)))
  )

  it.effect("gathers frames that wait into one batch, and cuts across them when it must", () =>
    Effect.gen(function* () {
      const { sends } = yield* Harness
      // The first finds nobody before it; the others wait for it together.
      for (let i = 0; i < 4; i++) yield* publish(frameOf(5, 1 + i * 5))
      const { delivered } = ledgerOf(yield* untilEmpty("a"))
      assert.strictEqual(delivered, 80)
      assert.deepStrictEqual(
        sends().map((sent) => sent.spanIds.length),
        [20, 28, 28, 4]
      )
      assert.strictEqual(new Set(sends().flatMap((sent) => sent.spanIds)).size, 80)
    }).pipe(Effect.provide(exporting(destination("a", { maxBatchSpans: 30 }))))
  )

  it.effect("keeps each batch under the bytes allowed, envelope included", () =>
    Effect.gen(function* () {
      const { sends } = yield* Harness
      yield* publish(frameOf(40))
      yield* untilEmpty("a")
      assert.isTrue(sends().length > 5)
      assert.isTrue(sends().every((sent) => sent.bytes + 10 <= 8000))
    }).pipe(Effect.provide(exporting(destination("a", { maxBatchBytes: 8000 }))))
  )

  it.effect("counts what the destination rejects", () =>
    Effect.gen(function* () {
      const { script } = yield* Harness
      script("a", [{ accept: { rejectedSpans: 5, message: "too old" } }])
      yield* publish(frameOf(3))
      const ledger = ledgerOf(yield* untilEmpty("a"))
      assert.deepStrictEqual([ledger.delivered, ledger.rejected], [7, 5])
    }).pipe(Effect.provide(exporting(A)))
  )

  it.effect("keeps request data from one destination and not from the other", () =>
    Effect.gen(function* () {
      const { sends } = yield* Harness
      yield* publish(frameOf(1))
      yield* untilEmpty("a")
      yield* untilEmpty("b")
      const said = (name: string) =>
        JSON.stringify(
          sends()
            .filter((sent) => sent.destination.name === name)
            .map((sent) => sent.attributes)
        )
      assert.include(said("a"), "canary")
      assert.notInclude(said("b"), "canary")
      assert.include(said("b"), "gpt-4o-mini")
    }).pipe(Effect.provide(exporting(A, destination("b", { excludeRequestData: true }))))
  )
})

describe("losses", () => {
  it.effect("puts away what is refused for good, with the reason and the answer, and goes on", () =>
    Effect.gen(function* () {
      const { script } = yield* Harness
      script("a", [{ drop: "http_400", message: "no such tenant" }, ok])
      yield* publish(frameOf(1))
      yield* untilEmpty("a")
      assert.strictEqual((yield* statusOf("a")).health.state, "refusing")
      yield* publish(frameOf(2, 2))
      const status = yield* untilEmpty("a")
      assert.deepStrictEqual([ledgerOf(status).deadLettered, ledgerOf(status).dropped], [4, {}])
      assert.strictEqual(ledgerOf(status).delivered, 8)
      assert.deepStrictEqual(
        (yield* lettersOf("a")).map(({ answer, reason, spans, traceId }) => ({ answer, reason, spans, traceId })),
        [{ answer: "no such tenant", reason: "http_400", spans: 4, traceId: traceIdOf(1) }]
      )
      assert.strictEqual(status.deadLetters?.storedSpans, 4)
      assert.strictEqual(status.health.state, "healthy")
      assert.strictEqual(status.health.lastError?.reason, "http_400")
    }).pipe(Effect.provide(exporting(A)))
  )

  it.effect("an event that cannot be expanded costs its own spans only", () =>
    Effect.gen(function* () {
      yield* publish(frameWithBrokenEvent(3, 2))
      const ledger = ledgerOf(yield* untilEmpty("a"))
      assert.deepStrictEqual([ledger.delivered, ledger.deadLettered, ledger.dropped], [8, 4, {}])
      const [letter] = yield* lettersOf("a")
      assert.deepStrictEqual([letter?.reason, letter?.spans, letter?.spanIds], ["unexpandable", 4, []])
      assertBalanced(ledger)
    }).pipe(Effect.provide(exporting(A)))
  )

  it.effect("a corrupt frame is dropped and does not hold up those behind it", () =>
    Effect.gen(function* () {
      const { sends } = yield* Harness
      yield* publish(corruptFrame(7))
      const first = ledgerOf(yield* untilEmpty("a"))
      assert.deepStrictEqual(first.dropped, { corrupt: 7 })
      assert.strictEqual(sends().length, 0, "no empty request is sent")
      yield* publish(corruptFrame(3))
      yield* publish(frameOf(1))
      const ledger = ledgerOf(yield* untilEmpty("a"))
      assert.deepStrictEqual([ledger.dropped, ledger.delivered], [{ corrupt: 10 }, 4])
      assertBalanced(ledger)
    }).pipe(Effect.provide(exporting(A)))
  )

  it.effect("a bug in a sink costs one batch", () =>
    Effect.gen(function* () {
      const { script } = yield* Harness
      script("a", ["defect", ok])
      yield* publish(frameOf(1))
      yield* untilEmpty("a")
      yield* publish(frameOf(1, 2))
      const ledger = ledgerOf(yield* untilEmpty("a"))
      assert.deepStrictEqual([ledger.dropped, ledger.deadLettered, ledger.delivered], [{}, 4, 4])
      assert.strictEqual((yield* lettersOf("a"))[0]?.reason, "internal_error")
    }).pipe(Effect.provide(exporting(A)))
  )

  it.effect("so does a bug in its preparation", () =>
    Effect.gen(function* () {
      const { breakPreparation } = yield* Harness
      breakPreparation()
      yield* publish(frameOf(1))
      yield* untilEmpty("a")
      yield* publish(frameOf(1, 2))
      const ledger = ledgerOf(yield* untilEmpty("a"))
      assert.deepStrictEqual([ledger.dropped, ledger.deadLettered, ledger.delivered], [{}, 4, 4])
      assert.strictEqual((yield* lettersOf("a"))[0]?.reason, "internal_error")
    }).pipe(Effect.provide(exporting(A)))
  )

  it.effect("413: what was too heavy goes again in lighter batches, and so does what comes after", () =>
    Effect.gen(function* () {
      const { decide, script, sends } = yield* Harness
      // The first waits for its second try, while the next ones are prepared under the old limit.
      script("a", [{ retry: "http_503" }])
      decide("a", ({ bytes }) => (bytes > 100_000 ? { drop: "http_413" } : undefined))
      for (let i = 0; i < 12; i++) yield* publish(frameOf(60, 1 + i * 60))
      const status = yield* untilEmpty("a")
      const refused = sends().filter(({ bytes }) => bytes > 100_000)
      assert.strictEqual(status.maxBatchBytes, Math.max(64 * 1024, Math.floor((refused.at(-1)?.bytes ?? 0) / 2)))
      assert.isTrue(refused.length > 0 && refused.length <= 2, `${refused.length} were too heavy`)
      const ledger = ledgerOf(status)
      assert.deepStrictEqual([ledger.delivered, ledger.deadLettered, ledger.dropped], [12 * 60 * 4, 0, {}])
      assertBalanced(ledger)
    }).pipe(Effect.provide(exporting(destination("a", { maxBatchBytes: 300_000 }))))
  )

  it.effect("a store of dead letters that is broken holds nothing up: what is refused is dropped by its reason", () =>
    Effect.gen(function* () {
      const { script } = yield* Harness
      const { setBroken } = yield* MemoryDeadLetters
      setBroken(true)
      script("a", [{ drop: "http_400" }, ok])
      yield* publish(frameOf(1))
      yield* untilEmpty("a")
      yield* publish(frameOf(1, 2))
      const ledger = ledgerOf(yield* untilEmpty("a"))
      assert.deepStrictEqual([ledger.dropped, ledger.deadLettered, ledger.delivered], [{ http_400: 4 }, 0, 4])
      assertBalanced(ledger)
    }).pipe(Effect.provide(exporting(A)))
  )
})

describe("health", () => {
  it.effect("says who is to blame and since when", () =>
    Effect.gen(function* () {
      const { script } = yield* Harness
      script("a", [
        { drop: "http_401", fault: "unauthorized" },
        { drop: "http_403", fault: "unauthorized" },
        { drop: "redirect", fault: "misconfigured" },
        ok
      ])
      const states: Array<readonly [string, number]> = []
      for (let i = 0; i < 4; i++) {
        yield* TestClock.adjust("1 minute")
        yield* publish(frameOf(1, i + 1))
        const { health } = yield* untilEmpty("a")
        states.push([health.state, health.since])
      }
      assert.deepStrictEqual(states, [
        ["unauthorized", 60_000],
        ["unauthorized", 60_000],
        ["misconfigured", 180_000],
        ["healthy", 240_000]
      ])
      assert.deepStrictEqual(
        (yield* lettersOf("a")).map(({ reason }) => reason),
        ["http_401", "http_403", "redirect"]
      )
    }).pipe(Effect.provide(exporting(destination("a", { onUnauthorized: "drop" }))))
  )

  it.effect("an entry that cannot be opened waits for a better one and loses nothing", () =>
    Effect.gen(function* () {
      const harness = yield* Harness
      harness.misconfigure("ca is not valid")
      yield* harness.configure(config([A, B]))
      yield* settled
      yield* publish(frameOf(2))
      yield* TestClock.adjust("1 hour")
      const parked = yield* statusOf("b")
      assert.strictEqual(parked.health.state, "misconfigured")
      assert.strictEqual(parked.health.lastError?.message, "ca is not valid")
      assert.strictEqual(ledgerOf(parked).queued, 8)
      harness.misconfigure(undefined)
      yield* harness.configure(config([A, { ...B, ca: "better" }]))
      const status = yield* untilEmpty("b")
      assert.strictEqual(ledgerOf(status).delivered, 8)
      assert.strictEqual(status.health.state, "healthy")
    }).pipe(Effect.provide(exporting(A)))
  )
})

describe("isolation", () => {
  it.effect("a destination that hangs, and one that says 503, delay nobody else", () =>
    Effect.gen(function* () {
      const { always, sends } = yield* Harness
      always("a", "hang")
      always("c", { retry: "http_503" })
      for (let i = 0; i < 10; i++) {
        yield* publish(frameOf(1, i + 1))
        yield* settled
      }
      assert.strictEqual(ledgerOf(yield* statusOf("b")).delivered, 40, "without any time passing")
      yield* TestClock.adjust("10 minutes")
      const [a, c] = [yield* statusOf("a"), yield* statusOf("c")]
      assert.deepStrictEqual([ledgerOf(a).queued, ledgerOf(c).queued], [40, 40])
      assert.deepStrictEqual([a.health.state, c.health.state], ["retrying", "retrying"])
      assert.deepStrictEqual([a.health.lastError?.reason, c.health.lastError?.reason], ["timeout", "http_503"])
      assert.isTrue(a.retries > 10 && c.retries > 10)
      const perDestination = (name: string) => sends().filter((sent) => sent.destination.name === name).length
      assert.isTrue(perDestination("c") < 60, "no hot loop")
    }).pipe(Effect.provide(exporting(A, B, destination("c"))))
  )

  it.effect("Retry-After pauses the whole destination, not one batch", () =>
    Effect.gen(function* () {
      const { script, sends } = yield* Harness
      script("a", [{ retry: "http_429", afterMs: 60_000 }])
      yield* publish(frameOf(1))
      yield* settled
      yield* publish(frameOf(1, 2))
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual(sends().length, 1)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(ledgerOf(yield* untilEmpty("a")).delivered, 8)
      assert.deepStrictEqual(sends()[1]?.spanIds, sends()[0]?.spanIds, "the retry sends what was sent")
    }).pipe(Effect.provide(exporting(A)))
  )
})

describe("configuration", () => {
  it.effect("a change to one destination in mid-retry takes effect at once and restarts no other", () =>
    Effect.gen(function* () {
      const harness = yield* Harness
      harness.always("a", { retry: "http_503", afterMs: 3_600_000 })
      yield* publish(frameOf(2))
      yield* settled
      harness.always("a", ok)
      yield* harness.configure(config([{ ...A, endpoint: "https://new.test/v1/traces" }, B]))
      yield* settled
      const status = yield* statusOf("a")
      assert.strictEqual(ledgerOf(status).delivered, 8, "without waiting for the hour")
      assert.strictEqual(status.health.state, "healthy")
      assert.deepStrictEqual(harness.opened(), [A.endpoint, B.endpoint, "https://new.test/v1/traces"])
      assert.strictEqual(harness.openSinks(), 2)
    }).pipe(Effect.provide(exporting(A, B)))
  )

  it.effect("the same configuration again restarts nobody; a new key, or a new resource, does", () =>
    Effect.gen(function* () {
      const harness = yield* Harness
      yield* harness.configure(config([destination("a"), destination("b")]))
      yield* settled
      assert.strictEqual(harness.opened().length, 2)
      yield* harness.configure(config([destination("a", { headers: {} }), destination("b")]))
      yield* settled
      assert.deepStrictEqual(harness.opened().slice(2), [A.endpoint])
      yield* harness.configure(config([destination("a", { headers: {} }), destination("b")], { region: "eu" }))
      yield* settled
      assert.strictEqual(harness.opened().length, 5)
    }).pipe(Effect.provide(exporting(A, B)))
  )

  it.effect("a destination that goes stops, and gives up its place in the bus", () =>
    Effect.gen(function* () {
      const harness = yield* Harness
      const bus = yield* TraceBus
      harness.always("a", "hang")
      yield* publish(frameOf(1))
      yield* settled
      yield* harness.configure(config([B]))
      yield* settled
      assert.deepStrictEqual(yield* bus.consumers, ["destination:b"])
      assert.strictEqual(harness.openSinks(), 1)
      assert.deepStrictEqual(
        (yield* (yield* Exporter).statuses).map((status) => status.name),
        ["b"]
      )
    }).pipe(Effect.provide(exporting(A, B)))
  )

  it.effect("a destination that went while no exporter ran is forgotten at the start, other consumers are not", () =>
    Effect.gen(function* () {
      const bus = yield* TraceBus
      yield* Effect.scoped(Effect.andThen(bus.subscribe("destination:old"), bus.subscribe("trace-store")))
      const { kill } = yield* start
      yield* settled
      assert.deepStrictEqual([...(yield* bus.consumers)].sort(), ["destination:a", "trace-store"])
      yield* kill
    }).pipe(Effect.provide(world(A)))
  )
})

describe("restarts", () => {
  it.effect("killed at any moment, it sends what was not acknowledged again", () =>
    Effect.gen(function* () {
      const harness = yield* Harness
      const first = yield* start
      yield* publish(frameOf(2))
      yield* settled
      harness.always("a", "hang")
      yield* publish(frameOf(3, 3))
      yield* settled
      yield* first.kill
      yield* publish(frameOf(1, 6))
      harness.always("a", ok)
      const second = yield* start
      yield* settled
      const [status] = yield* second.exporter.statuses
      assert.strictEqual(status?.ledger?.delivered, 24)
      assert.strictEqual(status?.ledger?.queued, 0)
      const distinct = new Set(harness.sends().flatMap((sent) => sent.spanIds))
      assert.strictEqual(distinct.size, 24)
      yield* second.kill
    }).pipe(Effect.provide(world(A)))
  )

  it.effect("a bus that is down is waited for", () =>
    Effect.gen(function* () {
      const { setMode } = yield* MemoryTraceBus
      yield* publish(frameOf(1))
      yield* untilEmpty("a")
      yield* setMode("down")
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(ledgerOf(yield* statusOf("a")).delivered, 4, "the last account stands")
      yield* setMode("up")
      yield* publish(frameOf(1, 2))
      assert.strictEqual(ledgerOf(yield* untilEmpty("a")).delivered, 8)
    }).pipe(Effect.provide(exporting(A)))
  )
})

describe("subscriptions", () => {
  it.effect("one that was taken away under a running exporter is made anew", () =>
    Effect.gen(function* () {
      const bus = yield* TraceBus
      const { script } = yield* Harness
      script("a", [{ retry: "http_503" }])
      yield* publish(frameOf(1))
      yield* settled
      yield* bus.unsubscribe("destination:a")
      yield* TestClock.adjust("5 minutes")
      yield* publish(frameOf(1, 2))
      assert.strictEqual(ledgerOf(yield* untilEmpty("a")).delivered, 4)
      assert.strictEqual((yield* statusOf("a")).batches, 1, "the first was never acknowledged")
    }).pipe(Effect.provide(exporting(A)))
  )
})

describe("flush", () => {
  it.effect("waits for what is queued", () =>
    Effect.gen(function* () {
      const { script } = yield* Harness
      const exporter = yield* Exporter
      script("a", [{ retry: "http_503" }])
      yield* publish(frameOf(2))
      const flushing = yield* Effect.forkChild(exporter.flush("5 seconds"))
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(yield* Fiber.join(flushing), [])
      assert.strictEqual(ledgerOf(yield* statusOf("a")).delivered, 8)
    }).pipe(Effect.provide(exporting(A)))
  )

  it.effect("ends by its deadline when a destination hangs, and says what is left", () =>
    Effect.gen(function* () {
      const harness = yield* Harness
      const { exporter, kill } = yield* start
      harness.always("a", "hang")
      yield* publish(frameOf(2))
      const flushing = yield* Effect.forkChild(exporter.flush("5 seconds"))
      yield* TestClock.adjust("4900 millis")
      assert.isUndefined(flushing.pollUnsafe())
      yield* TestClock.adjust("100 millis")
      assert.deepStrictEqual(yield* Fiber.join(flushing), [{ destination: "a", spans: 8 }])
      // No time passes here: closing waits for nobody.
      yield* kill
      assert.strictEqual(harness.openSinks(), 0)
    }).pipe(Effect.provide(world(A, B)))
  )
})
