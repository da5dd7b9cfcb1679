import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import * as MemoryTraceBus from "../../../src/layers/fake/MemoryTraceBus.ts"
import { TraceIngest } from "../../../src/services/store/TraceIngest.ts"
import { encodeFrame } from "../../../src/services/trace/frame.ts"
import { spanCount } from "../../../src/services/trace/spanIds.ts"
import { TraceBus } from "../../../src/services/trace/TraceBus.ts"
import type { TraceHeader } from "../../../src/services/trace/TraceEvent.ts"
import { assertBalanced } from "../../contracts/traceBus.ts"
import { event } from "../trace/events.ts"
import { FakeTraceStore } from "./FakeTraceStore.ts"

const idOf = (number: number): string => number.toString(16).padStart(16, "0")

const captured = (number: number, over: Partial<TraceHeader> = {}) => {
  const { header, request, response } = event({ spanId: idOf(number), ...over })
  return { header, request: [request], response: [response] }
}

const SPANS = spanCount(event().header)

/** Bytes of some fifty frames of one event. */
const SMALL = 100_000

/** The layers under test, with the ingest in the scope of the test. */
const Bus = MemoryTraceBus.layer({ maxBytes: 100_000_000 })
const Ingest = TraceIngest.layer.pipe(Layer.provideMerge(FakeTraceStore.layer), Layer.provideMerge(Bus))

const publish = (...numbers: ReadonlyArray<number>) =>
  Effect.flatMap(TraceBus, (bus) => bus.publish(encodeFrame(numbers.map((number) => captured(number)))))

/** Waits, in the test's time, until all that was published is settled. */
const settled = Effect.gen(function* () {
  const ingest = yield* TraceIngest
  for (let second = 0; second < 300; second++) {
    const { ledger } = yield* ingest.status
    if (ledger !== undefined) assertBalanced(ledger)
    if (ledger?.queued === 0) return ledger
    yield* TestClock.adjust("1 second")
  }
  return assert.fail("it is never settled")
})

const test = (
  title: string,
  body: Effect.Effect<void, unknown, TraceBus | TraceIngest | FakeTraceStore | MemoryTraceBus.MemoryTraceBus>
) => it.effect(title, () => body.pipe(Effect.provide(Ingest, { local: true })))

describe("TraceIngest", () => {
  test(
    "stores what is published, and accounts for every span",
    Effect.gen(function* () {
      const fake = yield* FakeTraceStore
      yield* publish(1, 2)
      yield* publish(3)
      const ledger = yield* settled
      assert.deepStrictEqual(fake.spanIds(), [idOf(1), idOf(2), idOf(3)])
      assert.deepStrictEqual([ledger.captured, ledger.delivered, ledger.dropped], [3 * SPANS, 3 * SPANS, {}])
      const { failures, stored, waiting } = yield* (yield* TraceIngest).status
      assert.deepStrictEqual({ failures, stored, waiting }, { failures: 0, stored: 3, waiting: false })
    })
  )

  test(
    "waits for a store that is away, and drops nothing",
    Effect.gen(function* () {
      const fake = yield* FakeTraceStore
      fake.refuses = () => true
      yield* publish(1, 2, 3)
      yield* TestClock.adjust("1 hour")
      const away = yield* (yield* TraceIngest).status
      assert.deepStrictEqual([away.ledger?.queued, away.waiting, away.stored], [3 * SPANS, true, 0])
      assert.isAtLeast(away.failures, 100)
      // Backed off to once in thirty seconds, each time in halves.
      assert.isAtMost(fake.appends, 1000)
      yield* publish(4)
      fake.refuses = () => false
      const ledger = yield* settled
      assert.deepStrictEqual(fake.spanIds(), [1, 2, 3, 4].map(idOf))
      assert.deepStrictEqual([ledger.delivered, ledger.dropped], [4 * SPANS, {}])
    })
  )

  test(
    "does not take a large batch apart for a store that is away",
    Effect.gen(function* () {
      const fake = yield* FakeTraceStore
      fake.refuses = () => true
      for (let number = 1; number <= 200; number++) yield* publish(number)
      yield* TestClock.adjust("1 minute")
      const before = fake.appends
      yield* TestClock.adjust("90 seconds")
      // Three rounds.
      assert.isAtMost(fake.appends - before, 4 * 16)
      fake.refuses = (traces) => traces.some(({ summary }) => summary.spanId === idOf(1))
      const ledger = yield* settled
      assert.deepStrictEqual([ledger.delivered, ledger.dropped], [199 * SPANS, { unstorable: SPANS }])
    })
  )

  test(
    "drops a trace that nothing can store, and stores its neighbours",
    Effect.gen(function* () {
      const fake = yield* FakeTraceStore
      fake.refuses = (traces) => traces.some(({ summary }) => [3, 6].map(idOf).includes(summary.spanId))
      yield* publish(1, 2, 3, 4)
      yield* publish(5, 6, 7)
      const ledger = yield* settled
      assert.deepStrictEqual(fake.spanIds(), [1, 2, 4, 5, 7].map(idOf))
      assert.deepStrictEqual([ledger.delivered, ledger.dropped], [5 * SPANS, { unstorable: 2 * SPANS }])
      yield* publish(8)
      yield* settled
      assert.include(fake.spanIds(), idOf(8))
    })
  )

  test(
    "holds a trace that fails alone until a neighbour shows whose fault it is",
    Effect.gen(function* () {
      const fake = yield* FakeTraceStore
      fake.refuses = (traces) => traces.some(({ summary }) => summary.spanId === idOf(1))
      yield* publish(1)
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual((yield* (yield* TraceIngest).status).ledger?.queued, SPANS)
      yield* publish(2)
      const ledger = yield* settled
      assert.deepStrictEqual(fake.spanIds(), [idOf(2)])
      assert.deepStrictEqual(ledger.dropped, { unstorable: SPANS })
    })
  )

  test(
    "a store that breaks in a defect is one that is away",
    Effect.gen(function* () {
      const fake = yield* FakeTraceStore
      fake.refuses = () => {
        throw new Error("defect")
      }
      yield* publish(1)
      yield* TestClock.adjust("1 minute")
      fake.refuses = () => false
      assert.strictEqual((yield* settled).delivered, SPANS)
    })
  )

  test(
    "a frame that cannot be read and a header that is none cost themselves only",
    Effect.gen(function* () {
      const fake = yield* FakeTraceStore
      const bus = yield* TraceBus
      yield* bus.publish({ bytes: new Uint8Array(50), events: 2, spans: 7 })
      const broken = captured(2)
      const frame = encodeFrame([captured(1), { ...broken, header: JSON.parse('{"attempts":[null]}') }, captured(3)])
      yield* bus.publish(frame)
      const ledger = yield* settled
      assert.deepStrictEqual(fake.spanIds(), [1, 3].map(idOf))
      assert.strictEqual(ledger.dropped["corrupt"], 7)
      assert.strictEqual(ledger.dropped["unstorable"], frame.spans - 2 * SPANS)
    })
  )

  test(
    "rests as long as it works, and less once traces have waited for a minute",
    Effect.gen(function* () {
      const fake = yield* FakeTraceStore
      fake.takes = "100 millis"
      // Batches of two.
      for (let number = 1; number <= 2000; number += 2) yield* publish(number, number + 1)
      const storedIn = Effect.fnUntraced(function* (seconds: number) {
        const before = fake.appends
        yield* TestClock.adjust(seconds * 1000)
        return fake.appends - before
      })
      assert.strictEqual(yield* storedIn(30), 150)
      yield* TestClock.adjust("35 seconds")
      assert.strictEqual(yield* storedIn(30), 240)
      yield* settled
      yield* publish(2001, 2002)
      yield* publish(2003, 2004)
      assert.strictEqual(yield* storedIn(0.25), 1)
    })
  )

  test(
    "goes on when the bus has been away",
    Effect.gen(function* () {
      const fake = yield* FakeTraceStore
      const memory = yield* MemoryTraceBus.MemoryTraceBus
      yield* publish(1)
      yield* settled
      yield* memory.setMode("down")
      yield* TestClock.adjust("5 minutes")
      yield* memory.setMode("up")
      yield* publish(2)
      yield* settled
      assert.deepStrictEqual(fake.spanIds(), [1, 2].map(idOf))
    })
  )

  it.effect("lets the oldest go before it fills the bus for others, and stores the rest", () =>
    Effect.gen(function* () {
      const fake = yield* FakeTraceStore
      fake.refuses = () => true
      const filling = Array.from({ length: 40 }, (_, index) => index + 1)
      for (const number of filling) yield* publish(number)
      yield* TestClock.adjust("5 minutes")
      const { ledger: away } = yield* (yield* TraceIngest).status
      assert.isDefined(away)
      assert.isAtMost(away.queuedBytes, SMALL / 2)
      assert.strictEqual(away.dropped["store_behind"], 40 * SPANS - away.queued)
      fake.refuses = () => false
      const ledger = yield* settled
      assert.isNotEmpty(fake.spanIds())
      assert.deepStrictEqual(fake.spanIds(), filling.slice(-fake.spanIds().length).map(idOf))
      assert.deepStrictEqual(ledger.dropped, away.dropped)
    }).pipe(
      Effect.provide(
        TraceIngest.layer.pipe(
          Layer.provideMerge(FakeTraceStore.layer),
          Layer.provideMerge(MemoryTraceBus.layer({ maxBytes: SMALL }))
        ),
        { local: true }
      )
    )
  )

  it.effect("starts where it stopped", () =>
    Effect.gen(function* () {
      const fake = yield* FakeTraceStore
      yield* Effect.gen(function* () {
        yield* publish(1)
        yield* settled
      }).pipe(Effect.provide(TraceIngest.layer, { local: true }))
      yield* publish(2, 3)
      yield* Effect.provide(settled, TraceIngest.layer, { local: true })
      assert.deepStrictEqual(fake.spanIds(), [1, 2, 3].map(idOf))
      assert.strictEqual(fake.appends, 2)
    }).pipe(Effect.provide(Layer.mergeAll(FakeTraceStore.layer, Bus), { local: true }))
  )
})
