import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as SqliteTraceBus from "../../../src/layers/sqlite/SqliteTraceBus.ts"
import { type StoredFrame, TraceBus } from "../../../src/services/trace/TraceBus.ts"
import { delivered } from "../../contracts/disposition.ts"
import { assertBalanced, frameOf } from "../../contracts/traceBus.ts"
import { temporaryDirectory } from "./temporaryDirectory.ts"

const ALL = 1_000_000

const layer = Layer.unwrap(
  Effect.map(temporaryDirectory, (directory) => SqliteTraceBus.layer({ directory, maxAge: "1 hour", maxBytes: 45 }))
)

const test = (title: string, body: Effect.Effect<void, unknown, TraceBus | Scope.Scope>) =>
  it.effect(title, () => body.pipe(Effect.provide(layer, { local: true })))

const publish = Effect.fnUntraced(function* (...spans: ReadonlyArray<number>) {
  const bus = yield* TraceBus
  for (const each of spans) yield* bus.publish(frameOf(each))
})

const spansOf = (frames: ReadonlyArray<StoredFrame>) => frames.map((frame) => frame.spans)

test(
  "frames that nobody read in time are dropped as expired, and their room is free",
  Effect.gen(function* () {
    const bus = yield* TraceBus
    const idle = yield* bus.subscribe("idle")
    const away = yield* Effect.as(Effect.scoped(bus.subscribe("away")), "away")
    yield* publish(1, 2)
    yield* TestClock.adjust("50 minutes")
    yield* publish(3, 4)
    yield* TestClock.adjust("11 minutes")
    const ledger = yield* idle.ledger
    assertBalanced(ledger)
    assert.deepStrictEqual(ledger.dropped, { expired: 3 })
    assert.strictEqual(ledger.oldestAt, 50 * 60_000)
    yield* publish(5, 6)
    assert.deepStrictEqual(spansOf(yield* idle.take(ALL)), [3, 4, 5, 6])
    const back = yield* bus.subscribe(away)
    assert.deepStrictEqual((yield* back.ledger).dropped, { expired: 3 })
    assert.deepStrictEqual(spansOf(yield* back.take(ALL)), [3, 4, 5, 6])
  })
)

test(
  "frames in a consumer's hands do not expire for it, those behind them do",
  Effect.gen(function* () {
    const bus = yield* TraceBus
    const subscription = yield* bus.subscribe("a")
    yield* publish(1, 2, 3, 4)
    const held = yield* subscription.take(20)
    assert.deepStrictEqual(spansOf(held), [1, 2])
    yield* TestClock.adjust("2 hours")
    yield* publish(5)
    const meanwhile = yield* subscription.ledger
    assertBalanced(meanwhile)
    assert.deepStrictEqual([meanwhile.queued, meanwhile.dropped], [8, { expired: 7 }])
    yield* subscription.acknowledge(held[0]?.sequence ?? 0, delivered(1))
    assertBalanced(yield* subscription.ledger)
    assert.deepStrictEqual(spansOf(yield* subscription.take(ALL)), [5])
    yield* subscription.acknowledge(held[1]?.sequence ?? 0, delivered(2))
    const ledger = yield* subscription.ledger
    assertBalanced(ledger)
    assert.strictEqual(ledger.delivered, 3)
    assert.deepStrictEqual(ledger.dropped, { expired: 7 })
    assert.strictEqual(ledger.queued, 5)
  })
)

test(
  "a consumer that rewinds to expired frames goes on after them",
  Effect.gen(function* () {
    const bus = yield* TraceBus
    const subscription = yield* bus.subscribe("a")
    yield* publish(1, 2)
    const held = yield* subscription.take(ALL)
    yield* TestClock.adjust("2 hours")
    yield* publish(3)
    yield* subscription.rewind
    // Too late to count as delivered in detail, but it is not lost from the account.
    yield* subscription.acknowledge(held[0]?.sequence ?? 0, delivered(1))
    const frames = yield* subscription.take(ALL)
    assert.deepStrictEqual(spansOf(frames), [3])
    const ledger = yield* subscription.ledger
    assertBalanced(ledger)
    assert.deepStrictEqual([ledger.delivered, ledger.dropped, ledger.queued], [1, { expired: 2 }, 3])
  })
)

test(
  "order of publication is order of age when the clock goes back",
  Effect.gen(function* () {
    const bus = yield* TraceBus
    const subscription = yield* bus.subscribe("a")
    yield* TestClock.setTime(5_000)
    yield* publish(1)
    yield* TestClock.setTime(1_000)
    yield* publish(2)
    const frames = yield* subscription.take(ALL)
    assert.deepStrictEqual(
      frames.map((frame) => frame.publishedAt),
      [5_000, 5_000]
    )
  })
)
