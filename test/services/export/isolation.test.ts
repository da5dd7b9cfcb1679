import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import {
  type Answer,
  assertBalanced,
  destination,
  exporting,
  Harness,
  ledgerOf,
  lettersOf,
  ok,
  publish,
  type Sent,
  settled,
  start,
  statusOf,
  traceIdOf,
  untilEmpty,
  world
} from "./harness.ts"
import { frameOf, SPANS_PER_EVENT } from "./traceEvents.ts"

const A = destination("a")

const tracesIn = (sent: Sent): ReadonlyArray<string> => [...new Set(sent.spanIds.map((id) => id.slice(0, 32)))]

const refusing =
  (poison: ReadonlySet<string>, reason = "http_400") =>
  (sent: Sent): Answer | undefined =>
    tracesIn(sent).some((traceId) => poison.has(traceId)) ? { drop: reason, message: "bad span" } : undefined

const poisonOf = (...indexes: ReadonlyArray<number>) => new Set(indexes.map(traceIdOf))

describe("a poison trace", () => {
  it.effect("is found among a hundred by two requests for each halving, and its neighbours are delivered", () =>
    Effect.gen(function* () {
      const { decide, sends } = yield* Harness
      decide("a", refusing(poisonOf(37)))
      yield* publish(frameOf(100))
      const status = yield* untilEmpty("a")
      const ledger = ledgerOf(status)
      assert.deepStrictEqual([ledger.delivered, ledger.deadLettered, ledger.dropped], [396, 4, {}])
      assert.isAtMost(sends().length, 1 + 2 * Math.ceil(Math.log2(100)))
      assert.strictEqual(status.probes, sends().length - 1)
      const [letter, ...others] = yield* lettersOf("a")
      assert.deepStrictEqual(others, [])
      assert.deepStrictEqual(
        [letter?.traceId, letter?.reason, letter?.answer, letter?.spans, letter?.spanIds.length],
        [traceIdOf(37), "http_400", "bad span", SPANS_PER_EVENT, SPANS_PER_EVENT]
      )
      const delivered = sends().filter((sent) => refusing(poisonOf(37))(sent) === undefined)
      assert.strictEqual(delivered.flatMap(tracesIn).length, 99, "each neighbour is accepted once")
    }).pipe(Effect.provide(exporting(A)))
  )

  it.effect("is found in a sink that dies of it", () =>
    Effect.gen(function* () {
      const { decide } = yield* Harness
      decide("a", (sent) => (tracesIn(sent).includes(traceIdOf(3)) ? "defect" : undefined))
      yield* publish(frameOf(5))
      const ledger = ledgerOf(yield* untilEmpty("a"))
      assert.deepStrictEqual([ledger.delivered, ledger.deadLettered], [16, 4])
    }).pipe(Effect.provide(exporting(A)))
  )

  it.effect("is not looked for where the address is wrong, or the answer outgrew us", () =>
    Effect.gen(function* () {
      const { sends, script } = yield* Harness
      const answers: ReadonlyArray<Answer> = [
        { drop: "http_404", fault: "misconfigured" },
        { drop: "redirect", fault: "misconfigured" },
        { drop: "response_too_large" }
      ]
      script("a", answers)
      for (const [index] of answers.entries()) {
        yield* publish(frameOf(8, 1 + 8 * index))
        yield* untilEmpty("a")
      }
      const status = yield* statusOf("a")
      assert.deepStrictEqual([sends().length, status.probes], [3, 0])
      assert.strictEqual(ledgerOf(status).deadLettered, 3 * 8 * SPANS_PER_EVENT)
    }).pipe(Effect.provide(exporting(A)))
  )

  it.effect("a destination that refuses everything gets so many probes a minute and no more, and loses nothing", () =>
    Effect.gen(function* () {
      const { always, sends } = yield* Harness
      always("a", { drop: "http_400" })
      for (let i = 0; i < 10; i++) {
        yield* publish(frameOf(100, 1 + i * 100))
        yield* settled
      }
      const first = sends().length
      assert.isAtMost(first, 240 + 10)
      yield* TestClock.adjust("1 minute")
      for (let i = 0; i < 10; i++) {
        yield* publish(frameOf(100, 1001 + i * 100))
        yield* settled
      }
      assert.isAtMost(sends().length - first, 240 + 10)
      const status = yield* statusOf("a")
      assert.deepStrictEqual([ledgerOf(status).queued, ledgerOf(status).deadLettered], [0, 8000])
      assert.strictEqual(new Set((yield* lettersOf("a")).map(({ traceId }) => traceId)).size, 2000)
    }).pipe(Effect.provide(exporting(A)))
  )

  it.effect("one trace that is too heavy for the destination goes in lighter pieces", () =>
    Effect.gen(function* () {
      const { decide, sends } = yield* Harness
      // The harness encodes attributes as JSON: one event is some 4 KB.
      const heaviest = 70_000
      decide("a", ({ bytes }) => (bytes > heaviest ? { drop: "http_413" } : undefined))
      yield* publish(frameOf(2, 1, "long question ".repeat(20_000)))
      const ledger = ledgerOf(yield* untilEmpty("a"))
      assert.deepStrictEqual([ledger.delivered, ledger.deadLettered], [8, 0])
      assert.isAtMost(sends().length, 60)
      const cut = sends().filter(({ bytes }) => bytes <= heaviest)
      assert.isTrue(
        cut.some(({ attributes }) => JSON.stringify(attributes).includes("gateway.original_size.tfy.input"))
      )
    }).pipe(Effect.provide(exporting(A)))
  )

  it.effect("and the next one goes in lighter pieces at once, without a refusal or a probe", () =>
    Effect.gen(function* () {
      const { decide, sends } = yield* Harness
      const heaviest = 70_000
      decide("a", ({ bytes }) => (bytes > heaviest ? { drop: "http_413" } : undefined))
      yield* publish(frameOf(1, 1, "long question ".repeat(20_000)))
      const { maxBatchBytes, probes } = yield* untilEmpty("a")
      assert.isBelow(maxBatchBytes, heaviest)
      const before = sends().length
      yield* publish(frameOf(1, 2, "long question ".repeat(20_000)))
      const status = yield* untilEmpty("a")
      assert.deepStrictEqual([ledgerOf(status).delivered, ledgerOf(status).deadLettered], [8, 0])
      const after = sends().slice(before)
      assert.deepStrictEqual(
        after.filter(({ bytes }) => bytes > heaviest),
        []
      )
      assert.strictEqual(status.probes, probes)
    }).pipe(Effect.provide(exporting(A)))
  )

  it.effect("and is put away when it is too heavy even so", () =>
    Effect.gen(function* () {
      const { always } = yield* Harness
      always("a", { drop: "http_413" })
      yield* publish(frameOf(3))
      const ledger = ledgerOf(yield* untilEmpty("a"))
      assert.deepStrictEqual([ledger.delivered, ledger.deadLettered], [0, 12])
      assert.strictEqual((yield* lettersOf("a")).length, 3)
    }).pipe(Effect.provide(exporting(A)))
  )
})

const index = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 40 }))
const interlude = Schema.Union([
  Schema.Struct({ retry: Schema.Literals(["http_503", "timeout"]), afterMs: Schema.Literals([1, 90_000]) }),
  Schema.Literal("hang")
])

describe("any mix of poison traces and answers", () => {
  it.effect.prop(
    "puts away exactly the poison, delivers every neighbour once, and balances, also across a kill",
    {
      frames: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 12 }))).check(
        Schema.isMinLength(1),
        Schema.isMaxLength(5)
      ),
      poison: Schema.Array(index).check(Schema.isMaxLength(6)),
      reason: Schema.Literals(["http_400", "http_422", "http_500", "internal_error"]),
      interludes: Schema.Array(interlude).check(Schema.isMaxLength(4)),
      maxBatchSpans: Schema.Int.check(Schema.isBetween({ minimum: 2, maximum: 60 })),
      killAfter: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 8 }))
    },
    ({ frames, interludes, killAfter, maxBatchSpans, poison, reason }) =>
      Effect.gen(function* () {
        const harness = yield* Harness
        const poisonous = poisonOf(...poison)
        const refused = refusing(poisonous, reason)
        // Every other send fails for a while first.
        const waiting = [...interludes]
        let sends = 0
        const accepted: Array<string> = []
        harness.decide("a", (sent) => {
          sends++
          const interruption = sends % 2 === 0 ? waiting.shift() : undefined
          if (interruption !== undefined) return interruption as Answer
          const refusal = refused(sent)
          if (refusal === undefined) accepted.push(...tracesIn(sent))
          return refusal ?? ok
        })
        let running = yield* start
        let published = 0
        for (const events of frames) {
          yield* publish(frameOf(events, published + 1))
          published += events
          yield* settled
          if (harness.sends().length < killAfter) continue
          yield* running.kill
          running = yield* start
        }
        for (let round = 0; round < 8; round++) {
          yield* TestClock.adjust("2 minutes")
          yield* settled
        }
        const [status] = yield* running.exporter.statuses
        const ledger = status?.ledger ?? assert.fail("no ledger")
        assertBalanced(ledger)
        const all = Array.from({ length: published }, (_, at) => traceIdOf(at + 1))
        const bad = all.filter((traceId) => poisonous.has(traceId))
        assert.deepStrictEqual(
          [ledger.queued, ledger.deadLettered, ledger.delivered, ledger.dropped],
          [0, SPANS_PER_EVENT * bad.length, SPANS_PER_EVENT * (all.length - bad.length), {}]
        )
        const letters = yield* lettersOf("a")
        assert.deepStrictEqual(letters.map(({ traceId }) => traceId).sort(), bad)
        assert.isTrue(letters.every((letter) => letter.spans === SPANS_PER_EVENT))
        assert.deepStrictEqual(new Set(accepted), new Set(all.filter((traceId) => !poisonous.has(traceId))))
        yield* running.kill
      }).pipe(Effect.provide(world(destination("a", { maxBatchSpans })), { local: true })),
    { arbitrary: { runs: 40 } }
  )
})
