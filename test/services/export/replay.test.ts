import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { DeadLetters } from "../../../src/services/export/DeadLetters.ts"
import {
  assertAccountBalanced,
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
import { frameOf, frameWithBrokenEvent } from "./traceEvents.ts"

const A = destination("a")
const moved = { drop: "http_404", fault: "misconfigured" } as const

/** Ten traces put away. */
const tenLetters = Effect.gen(function* () {
  const { script } = yield* Harness
  script("a", [moved])
  yield* publish(frameOf(10))
  yield* untilEmpty("a")
})

const accountOf = Effect.fnUntraced(function* (name: string) {
  const { deadLetters } = yield* statusOf(name)
  const account = deadLetters ?? assert.fail("no account")
  assertAccountBalanced(account)
  return account
})

describe("a replay", () => {
  it.effect("sends the spans that were refused within a second, in few requests, and lets go of the letters", () =>
    Effect.gen(function* () {
      const { sends } = yield* Harness
      const deadLetters = yield* DeadLetters
      yield* tenLetters
      const before = ledgerOf(yield* statusOf("a"))
      assert.strictEqual(yield* deadLetters.requestReplay({}), 10)
      yield* TestClock.adjust("1 second")
      yield* settled
      assert.strictEqual(sends().length, 2)
      assert.deepStrictEqual([...(sends()[1]?.spanIds ?? [])].sort(), [...(sends()[0]?.spanIds ?? [])].sort())
      assert.deepStrictEqual(yield* lettersOf("a"), [])
      const account = yield* accountOf("a")
      assert.deepStrictEqual([account.buriedSpans, account.replayedSpans, account.letters], [40, 40, 0])
      const ledger = ledgerOf(yield* statusOf("a"))
      assert.deepStrictEqual(ledger, before, "the ledger has them as dead-lettered, for good")
      assertBalanced(ledger)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(sends().length, 2, "once")
    }).pipe(Effect.provide(exporting(A)))
  )

  it.effect("sends nothing that was not asked for", () =>
    Effect.gen(function* () {
      const { sends } = yield* Harness
      const deadLetters = yield* DeadLetters
      yield* tenLetters
      const letter = (yield* lettersOf("a")).find(({ traceId }) => traceId === traceIdOf(4))
      yield* deadLetters.requestReplay({ ids: [letter?.id ?? 0] })
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual([...new Set(sends()[1]?.spanIds.map((id) => id.slice(0, 32)))], [traceIdOf(4)])
      assert.strictEqual((yield* lettersOf("a")).length, 9)
    }).pipe(Effect.provide(exporting(A)))
  )

  it.effect("that is refused again keeps the letter with the new answer, and its neighbours go", () =>
    Effect.gen(function* () {
      const { decide } = yield* Harness
      const deadLetters = yield* DeadLetters
      yield* tenLetters
      decide("a", ({ spanIds }) =>
        spanIds.some((id) => id.startsWith(traceIdOf(7))) ? { drop: "http_422", message: "still bad" } : undefined
      )
      yield* deadLetters.requestReplay({})
      yield* TestClock.adjust("1 minute")
      const letters = yield* lettersOf("a")
      assert.deepStrictEqual(
        letters.map(({ answer, reason, refusals, replayRequested, traceId }) => [
          traceId,
          reason,
          answer,
          refusals,
          replayRequested
        ]),
        [[traceIdOf(7), "http_422", "still bad", 2, false]]
      )
      assert.strictEqual((yield* accountOf("a")).replayedSpans, 36)
    }).pipe(Effect.provide(exporting(A)))
  )

  it.effect("of a trace that still cannot be expanded keeps the letter", () =>
    Effect.gen(function* () {
      const deadLetters = yield* DeadLetters
      yield* publish(frameWithBrokenEvent(2, 1))
      yield* untilEmpty("a")
      yield* deadLetters.requestReplay({})
      yield* TestClock.adjust("1 minute")
      const [letter] = yield* lettersOf("a")
      assert.deepStrictEqual([letter?.reason, letter?.refusals], ["unexpandable", 2])
    }).pipe(Effect.provide(exporting(A)))
  )

  it.effect("to a destination that does not answer leaves room for live traffic, and goes on later", () =>
    Effect.gen(function* () {
      const harness = yield* Harness
      const deadLetters = yield* DeadLetters
      yield* tenLetters
      harness.decide("a", ({ spanIds }) =>
        spanIds.some((id) => id.startsWith(traceIdOf(1))) ? { retry: "http_503" } : undefined
      )
      yield* deadLetters.requestReplay({})
      yield* TestClock.adjust("1 second")
      yield* settled
      yield* publish(frameOf(1, 50))
      yield* settled
      assert.strictEqual(ledgerOf(yield* statusOf("a")).delivered, 4)
      assert.strictEqual((yield* lettersOf("a")).length, 10)
      harness.decide("a", () => undefined)
      yield* TestClock.adjust("2 seconds")
      yield* settled
      assert.deepStrictEqual(yield* lettersOf("a"), [])
    }).pipe(Effect.provide(exporting(A)))
  )

  it.effect("asked to wait holds live traffic as well", () =>
    Effect.gen(function* () {
      const { script, sends } = yield* Harness
      const deadLetters = yield* DeadLetters
      yield* tenLetters
      script("a", [{ retry: "http_429", afterMs: 60_000 }])
      yield* deadLetters.requestReplay({})
      yield* TestClock.adjust("1 second")
      yield* settled
      yield* publish(frameOf(1, 50))
      const before = sends().length
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual(sends().length, before, "not before the destination wants it")
      yield* TestClock.adjust("2 seconds")
      yield* settled
      assert.strictEqual(ledgerOf(yield* statusOf("a")).delivered, 4)
      assert.deepStrictEqual(yield* lettersOf("a"), [])
    }).pipe(Effect.provide(exporting(A)))
  )

  it.effect("keeps the peace that the destination asked for with live traffic", () =>
    Effect.gen(function* () {
      const { script, sends } = yield* Harness
      const deadLetters = yield* DeadLetters
      yield* tenLetters
      script("a", [{ retry: "http_503", afterMs: 60_000 }])
      yield* publish(frameOf(1, 50))
      yield* settled
      yield* deadLetters.requestReplay({})
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual(sends().length, 2)
      yield* TestClock.adjust("1 second")
      yield* settled
      assert.strictEqual(sends().length, 4)
      assert.deepStrictEqual(yield* lettersOf("a"), [])
    }).pipe(Effect.provide(exporting(A)))
  )

  it.effect("sends of a trace that was taken in part only what was refused", () =>
    Effect.gen(function* () {
      const { decide, sends } = yield* Harness
      const deadLetters = yield* DeadLetters
      // Each span goes by itself, and the second of trace 1 is refused.
      decide("a", ({ spanIds }) => (spanIds[0]?.startsWith(`${traceIdOf(1)}/0000000000010001`) ? moved : undefined))
      yield* publish(frameOf(2))
      const status = yield* untilEmpty("a")
      assert.deepStrictEqual([ledgerOf(status).delivered, ledgerOf(status).deadLettered], [7, 1])
      const [letter] = yield* lettersOf("a")
      assert.deepStrictEqual([letter?.spans, letter?.spanIds], [1, ["0000000000010001"]])
      decide("a", () => undefined)
      yield* deadLetters.requestReplay({})
      yield* TestClock.adjust("1 second")
      yield* settled
      assert.deepStrictEqual(sends().at(-1)?.spanIds, [`${traceIdOf(1)}/0000000000010001`])
      assert.strictEqual(sends().length, 9)
      assert.strictEqual((yield* accountOf("a")).replayedSpans, 1)
    }).pipe(Effect.provide(exporting(destination("a", { maxBatchSpans: 1 }))))
  )

  it.effect("waits for a paused destination, and for an exporter", () =>
    Effect.gen(function* () {
      const harness = yield* Harness
      const deadLetters = yield* DeadLetters
      harness.script("a", [moved, { drop: "http_401", fault: "unauthorized" }])
      const first = yield* start
      yield* publish(frameOf(3))
      yield* settled
      yield* deadLetters.requestReplay({})
      yield* TestClock.adjust("1 minute")
      assert.isTrue((yield* first.exporter.statuses)[0]?.paused, "it is the replay that meets the refused key")
      assert.strictEqual((yield* lettersOf("a")).length, 3)
      yield* first.kill
      const second = yield* start
      yield* TestClock.adjust("2 seconds")
      yield* settled
      assert.deepStrictEqual(yield* lettersOf("a"), [])
      yield* second.kill
    }).pipe(Effect.provide(world(A)))
  )

  it.effect("goes by the entry of now: what it must not see any more does not leave", () =>
    Effect.gen(function* () {
      const harness = yield* Harness
      const deadLetters = yield* DeadLetters
      yield* tenLetters
      assert.include(Buffer.from((yield* lettersOf("a"))[0]?.frame ?? []).toString(), "canary")
      yield* harness.configure(config([destination("a", { excludeRequestData: true })]))
      yield* settled
      yield* deadLetters.requestReplay({})
      yield* TestClock.adjust("1 second")
      yield* settled
      assert.strictEqual(harness.sends()[1]?.spanIds.length, 40)
      assert.notInclude(JSON.stringify(harness.sends()[1]?.attributes), "canary")
    }).pipe(Effect.provide(exporting(A)))
  )

  it.effect("of letters without request data sends the spans without it", () =>
    Effect.gen(function* () {
      const { sends } = yield* Harness
      const deadLetters = yield* DeadLetters
      yield* tenLetters
      for (const { frame } of yield* lettersOf("a")) assert.notInclude(Buffer.from(frame).toString(), "canary")
      yield* deadLetters.requestReplay({})
      yield* TestClock.adjust("1 second")
      yield* settled
      const withoutSizes = (attributes: object) =>
        Object.fromEntries(Object.entries(attributes).filter(([name]) => !/^http\..*\.body\.size$/.test(name)))
      assert.deepStrictEqual(sends()[1]?.attributes.map(withoutSizes), sends()[0]?.attributes.map(withoutSizes))
    }).pipe(Effect.provide(exporting(destination("a", { excludeRequestData: true }))))
  )

  it.effect("counts what the destination rejects of it", () =>
    Effect.gen(function* () {
      const { script } = yield* Harness
      const deadLetters = yield* DeadLetters
      yield* tenLetters
      script("a", [{ accept: { rejectedSpans: 3 } }, ok])
      yield* deadLetters.requestReplay({})
      yield* TestClock.adjust("1 second")
      yield* settled
      const account = yield* accountOf("a")
      assert.deepStrictEqual([account.replayedSpans, account.rejectedSpans, account.storedSpans], [37, 3, 0])
    }).pipe(Effect.provide(exporting(A)))
  )

  it.effect("books rejections on the letter they are of, not on its neighbours", () =>
    Effect.gen(function* () {
      const { script } = yield* Harness
      const deadLetters = yield* DeadLetters
      script("a", [moved, moved, moved, moved])
      yield* publish(frameOf(2))
      yield* untilEmpty("a")
      // Of the first letter one half is rejected, and the other refused.
      script("a", [{ accept: { rejectedSpans: 2 } }, moved, ok, ok])
      yield* deadLetters.requestReplay({})
      yield* TestClock.adjust("1 second")
      yield* settled
      const account = yield* accountOf("a")
      assert.deepStrictEqual([account.replayedSpans, account.rejectedSpans, account.storedSpans], [4, 0, 4])
    }).pipe(Effect.provide(exporting(destination("a", { maxBatchSpans: 2 }))))
  )

  it.effect("does not book rejections of a letter that is not through yet", () =>
    Effect.gen(function* () {
      const { script } = yield* Harness
      const deadLetters = yield* DeadLetters
      script("a", [moved, moved, moved, moved])
      yield* publish(frameOf(2))
      yield* untilEmpty("a")
      script("a", [ok, { accept: { rejectedSpans: 1 } }, { accept: { rejectedSpans: 2 } }, { retry: "http_503" }])
      yield* deadLetters.requestReplay({})
      yield* TestClock.adjust("1 second")
      yield* settled
      const first = yield* accountOf("a")
      assert.deepStrictEqual([first.replayedSpans, first.rejectedSpans, first.storedSpans], [3, 1, 4])
      yield* TestClock.adjust("1 minute")
      yield* settled
      const account = yield* accountOf("a")
      assert.deepStrictEqual([account.replayedSpans, account.rejectedSpans, account.storedSpans], [7, 1, 0])
    }).pipe(Effect.provide(exporting(destination("a", { maxBatchSpans: 2 }))))
  )

  it.effect("of a letter that grows meanwhile keeps it until all of it was sent", () =>
    Effect.gen(function* () {
      const { decide, sends } = yield* Harness
      const deadLetters = yield* DeadLetters
      const [first, second] = ["0000000000010001", "0000000000010002"]
      decide("a", ({ spanIds }) => (spanIds[0]?.startsWith(`${traceIdOf(1)}/${first}`) ? moved : undefined))
      yield* publish(frameOf(1))
      yield* untilEmpty("a")
      const [letter] = yield* lettersOf("a")
      assert.deepStrictEqual(letter?.spanIds, [first])
      const rest = letter === undefined ? [] : [{ ...letter, spanIds: [second], spans: 1 }]
      decide("a", () => {
        decide("a", () => undefined)
        Effect.runSync(deadLetters.append(rest))
        return ok
      })
      yield* deadLetters.requestReplay({})
      yield* TestClock.adjust("1 second")
      yield* settled
      assert.deepStrictEqual((yield* lettersOf("a"))[0]?.spanIds, [first, second])
      yield* deadLetters.requestReplay({})
      yield* TestClock.adjust("1 second")
      yield* settled
      assert.deepStrictEqual(yield* lettersOf("a"), [])
      assert.deepStrictEqual(
        sends()
          .slice(-2)
          .map(({ spanIds }) => spanIds),
        [[`${traceIdOf(1)}/${first}`], [`${traceIdOf(1)}/${second}`]]
      )
      assert.strictEqual((yield* accountOf("a")).replayedSpans, 2)
    }).pipe(Effect.provide(exporting(destination("a", { maxBatchSpans: 1 }))))
  )
})
