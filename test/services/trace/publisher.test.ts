import { assert, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as MemoryTraceBus from "../../../src/layers/fake/MemoryTraceBus.ts"
import { FrameSink } from "../../../src/services/trace/FrameSink.ts"
import { decodeFrame } from "../../../src/services/trace/frame.ts"
import * as QueuedSpanPublisher from "../../../src/services/trace/QueuedSpanPublisher.ts"
import { SpanPublisher } from "../../../src/services/trace/SpanPublisher.ts"
import { type StoredFrame, type Subscription, TraceBus } from "../../../src/services/trace/TraceBus.ts"
import { assertBalanced } from "../../contracts/traceBus.ts"
import { eventOf } from "./capturedEvent.ts"

const ALL = 100_000_000

const bus = (maxBytes = ALL) => FrameSink.fromBus.pipe(Layer.provideMerge(MemoryTraceBus.layer({ maxBytes })))

const publisher = (options?: QueuedSpanPublisher.PublisherOptions, maxBytes = ALL) =>
  QueuedSpanPublisher.layer(options).pipe(Layer.provideMerge(bus(maxBytes)))

const ids = (frames: ReadonlyArray<StoredFrame>) =>
  frames.map((frame) => Result.getOrThrow(decodeFrame(frame.bytes)).map((event) => event.header.requestId))

const offer = (...requestIds: ReadonlyArray<string>) =>
  Effect.map(SpanPublisher, (publisher) => {
    for (const requestId of requestIds) publisher.offer(eventOf(requestId))
  })

const offerMany = (count: number, bytes = 0) =>
  Effect.map(SpanPublisher, (publisher) => {
    for (let index = 0; index < count; index++) publisher.offer(eventOf(String(index), bytes))
  })

const stats = Effect.map(SpanPublisher, (publisher) => publisher.stats())

const setMode = (mode: MemoryTraceBus.BusMode) =>
  Effect.flatMap(MemoryTraceBus.MemoryTraceBus, (control) => control.setMode(mode))

const subscribe = Effect.flatMap(TraceBus, (bus) => bus.subscribe("a"))

/** Lets fibers run until nothing but time would move them on. */
const quiet = Effect.repeat(Effect.yieldNow, { times: 20 })

/** The next `count` frames, as soon as they are there. */
const takeFrames = Effect.fnUntraced(function* (subscription: Subscription, count: number) {
  const frames: Array<StoredFrame> = []
  while (frames.length < count) frames.push(...(yield* subscription.take(ALL)))
  return ids(frames)
})

it.effect("events that come within the linger share a frame", () =>
  Effect.gen(function* () {
    const subscription = yield* subscribe
    yield* offer("a")
    yield* TestClock.adjust("30 millis")
    yield* offer("b", "c")
    yield* TestClock.adjust("19 millis")
    assert.strictEqual((yield* stats).publishedSpans, 0)
    assert.strictEqual((yield* stats).queuedEvents, 3)
    yield* TestClock.adjust("1 millis")
    assert.deepStrictEqual(ids(yield* subscription.take(ALL)), [["a", "b", "c"]])
    assert.deepStrictEqual(yield* stats, {
      queuedEvents: 0,
      queuedBytes: 0,
      capturedSpans: 6,
      publishedSpans: 6,
      droppedSpans: {}
    })
    yield* offer("d")
    yield* TestClock.adjust("50 millis")
    assert.deepStrictEqual(ids(yield* subscription.take(ALL)), [["d"]])
  }).pipe(Effect.provide(publisher()))
)

it.effect("a frame is cut at once when there are enough events", () =>
  Effect.gen(function* () {
    const subscription = yield* subscribe
    yield* offer("a", "b", "c", "d", "e", "f", "g")
    assert.deepStrictEqual(yield* takeFrames(subscription, 2), [
      ["a", "b", "c"],
      ["d", "e", "f"]
    ])
    yield* quiet
    yield* TestClock.adjust("50 millis")
    assert.deepStrictEqual(ids(yield* subscription.take(ALL)), [["g"]])
  }).pipe(Effect.provide(publisher({ frameEvents: 3 })))
)

it.effect("a frame is cut at once when there are enough bytes, and holds no more than that", () =>
  Effect.gen(function* () {
    const subscription = yield* subscribe
    yield* offerMany(5, 4_000)
    assert.deepStrictEqual(yield* takeFrames(subscription, 2), [
      ["0", "1"],
      ["2", "3"]
    ])
    const { offer } = yield* SpanPublisher
    offer(eventOf("large", 50_000))
    assert.deepStrictEqual(yield* takeFrames(subscription, 2), [["4"], ["large"]])
  }).pipe(Effect.provide(publisher({ frameBytes: 11_000 })))
)

it.effect("no fiber waits on the clock while nothing is queued", () =>
  Effect.gen(function* () {
    yield* offer("a")
    yield* TestClock.adjust("50 millis")
    yield* TestClock.adjust("10 seconds")
    assert.strictEqual((yield* stats).publishedSpans, 2)
    // An event at an odd moment waits its own full linger: nothing has been ticking.
    yield* TestClock.adjust("33 millis")
    yield* offer("b")
    yield* TestClock.adjust("49 millis")
    assert.strictEqual((yield* stats).publishedSpans, 2)
    yield* TestClock.adjust("1 millis")
    assert.strictEqual((yield* stats).publishedSpans, 4)
  }).pipe(Effect.provide(publisher()))
)

it.effect("overflow by count drops the newest, and the bus is told", () =>
  Effect.gen(function* () {
    const subscription = yield* subscribe
    yield* offer("a", "b", "c", "d")
    assert.deepStrictEqual((yield* stats).droppedSpans, { queue_full: 4 })
    yield* TestClock.adjust("50 millis")
    assert.deepStrictEqual(ids(yield* subscription.take(ALL)), [["a", "b"]])
    const ledger = yield* subscription.ledger
    assertBalanced(ledger)
    assert.strictEqual(ledger.captured, 8)
    assert.deepStrictEqual(ledger.dropped, { queue_full: 4 })
  }).pipe(Effect.provide(publisher({ maxEvents: 2 })))
)

it.effect("overflow by bytes drops the newest that does not fit", () =>
  Effect.gen(function* () {
    yield* offerMany(3, 10_000)
    const { offer } = yield* SpanPublisher
    offer(eventOf("small"))
    const { droppedSpans, queuedBytes, queuedEvents } = yield* stats
    assert.strictEqual(queuedEvents, 3)
    assert.deepStrictEqual(droppedSpans, { queue_full: 2 })
    assert.isAtMost(queuedBytes, 25_000)
  }).pipe(Effect.provide(publisher({ maxBytes: 25_000 })))
)

it.effect("a full bus drops the frame as spool_full", () =>
  Effect.gen(function* () {
    const subscription = yield* subscribe
    yield* offer("a", "b")
    yield* TestClock.adjust("50 millis")
    yield* offer("c")
    yield* TestClock.adjust("50 millis")
    assert.deepStrictEqual((yield* stats).droppedSpans, { spool_full: 2 })
    const ledger = yield* subscription.ledger
    assertBalanced(ledger)
    assert.deepStrictEqual([ledger.captured, ledger.queued], [6, 4])
  }).pipe(Effect.provide(publisher({}, 1_100)))
)

it.effect("a bus that is down loses nothing but what the queue cannot hold, and gets the rest when it is up", () =>
  Effect.gen(function* () {
    const subscription = yield* subscribe
    yield* setMode("down")
    for (let index = 0; index < 20; index++) {
      yield* offer(String(index))
      yield* TestClock.adjust("1 second")
    }
    assert.strictEqual((yield* stats).queuedEvents, 12)
    assert.deepStrictEqual((yield* stats).droppedSpans, { queue_full: 16 })
    yield* setMode("up")
    yield* TestClock.adjust("3 seconds")
    const published = ids(yield* subscription.take(ALL))
      .flat()
      .map(Number)
    assert.deepStrictEqual(
      published.sort((a, b) => a - b),
      Array.from({ length: 12 }, (_, index) => index)
    )
    const ledger = yield* subscription.ledger
    assertBalanced(ledger)
    assert.strictEqual(ledger.captured, 40)
    assert.deepStrictEqual(ledger.dropped, { queue_full: 16 })
  }).pipe(Effect.provide(publisher({ maxEvents: 12 })))
)

it.effect("a bus that hangs is tried again after the timeout", () =>
  Effect.gen(function* () {
    let calls = 0
    const sink = Layer.succeed(FrameSink, {
      publish: () => Effect.suspend(() => (++calls === 1 ? Effect.never : Effect.void)),
      recordLoss: () => Effect.void
    })
    yield* Effect.gen(function* () {
      yield* offer("a")
      yield* TestClock.adjust("50 millis")
      assert.strictEqual(calls, 1)
      yield* TestClock.adjust("11 seconds")
      assert.strictEqual(calls, 2)
      assert.strictEqual((yield* stats).publishedSpans, 2)
    }).pipe(Effect.provide(QueuedSpanPublisher.layer().pipe(Layer.provide(sink))))
  })
)

it.effect("a bus that breaks is tried again", () =>
  Effect.gen(function* () {
    let calls = 0
    const sink = Layer.succeed(FrameSink, {
      publish: () => Effect.suspend(() => (++calls < 4 ? Effect.die("broken") : Effect.void)),
      recordLoss: () => Effect.void
    })
    yield* Effect.gen(function* () {
      yield* offer("a")
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual([calls, (yield* stats).publishedSpans], [4, 2])
    }).pipe(Effect.provide(QueuedSpanPublisher.layer().pipe(Layer.provide(sink))))
  })
)

it.effect("an event that cannot be encoded takes its frame with it, and nothing else", () =>
  Effect.gen(function* () {
    const { offer } = yield* SpanPublisher
    const broken = eventOf("broken")
    offer({ ...broken, header: { ...broken.header, metadata: 1n as unknown as string } })
    yield* TestClock.adjust("50 millis")
    offer(eventOf("whole"))
    yield* TestClock.adjust("50 millis")
    const { droppedSpans, publishedSpans, queuedEvents } = yield* stats
    assert.deepStrictEqual([droppedSpans, publishedSpans, queuedEvents], [{ not_encodable: 2 }, 2, 0])
  }).pipe(Effect.provide(publisher()))
)

it.effect("as many frames as allowed are with the bus at the same time", () =>
  Effect.gen(function* () {
    let open = 0
    const release = Latch.makeUnsafe()
    const sink = Layer.succeed(FrameSink, {
      publish: () =>
        Effect.andThen(
          Effect.sync(() => void open++),
          release.await
        ),
      recordLoss: () => Effect.void
    })
    yield* Effect.gen(function* () {
      yield* offerMany(30)
      yield* quiet
      assert.strictEqual(open, 3)
      yield* release.open
      yield* Effect.repeat(quiet, { until: () => Effect.map(stats, ({ queuedEvents }) => queuedEvents === 0) })
      assert.strictEqual(open, 30)
    }).pipe(Effect.provide(QueuedSpanPublisher.layer({ frameEvents: 1, framesInFlight: 3 }).pipe(Layer.provide(sink))))
  })
)

/** A publisher in its own scope: `close` starts the shutdown. */
const inScope = Effect.fnUntraced(function* (options: QueuedSpanPublisher.PublisherOptions = {}) {
  const scope = yield* Scope.make()
  const context = yield* Layer.buildWithScope(QueuedSpanPublisher.layer(options), scope)
  return {
    publisher: yield* Effect.provide(SpanPublisher, context),
    close: Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
  }
})

it.effect("shutdown flushes at once what is queued", () =>
  Effect.gen(function* () {
    const subscription = yield* subscribe
    const { close, publisher } = yield* inScope({ frameEvents: 2 })
    for (const id of ["a", "b", "c", "d", "e"]) publisher.offer(eventOf(id))
    yield* Fiber.join(yield* close)
    assert.deepStrictEqual(ids(yield* subscription.take(ALL)), [["a", "b"], ["c", "d"], ["e"]])
    publisher.offer(eventOf("late"))
    assert.deepStrictEqual(publisher.stats().droppedSpans, { shutdown: 2 })
  }).pipe(Effect.provide(bus()))
)

it.effect("shutdown of an idle publisher takes no time", () =>
  Effect.gen(function* () {
    const { close } = yield* inScope()
    yield* Fiber.join(yield* close)
  }).pipe(Effect.provide(bus()))
)

it.effect("shutdown with a hung bus ends at the deadline and counts the rest", () =>
  Effect.gen(function* () {
    const subscription = yield* subscribe
    const { close, publisher } = yield* inScope({ frameEvents: 1, framesInFlight: 2 })
    yield* setMode("hung")
    for (const id of ["a", "b", "c"]) publisher.offer(eventOf(id))
    const closing = yield* close
    yield* TestClock.adjust("4 seconds")
    assert.isUndefined(closing.pollUnsafe())
    yield* TestClock.adjust("2 seconds")
    yield* Fiber.join(closing)
    const { droppedSpans, queuedBytes, queuedEvents } = publisher.stats()
    assert.deepStrictEqual([droppedSpans, queuedBytes, queuedEvents], [{ shutdown: 6 }, 0, 0])
    yield* setMode("up")
    assert.strictEqual((yield* subscription.ledger).captured, 0)
  }).pipe(Effect.provide(bus()))
)

it.effect("shutdown with a bus that comes back in time loses nothing", () =>
  Effect.gen(function* () {
    const subscription = yield* subscribe
    const { close, publisher } = yield* inScope()
    yield* setMode("down")
    publisher.offer(eventOf("a"))
    const closing = yield* close
    yield* TestClock.adjust("3 seconds")
    yield* setMode("up")
    yield* TestClock.adjust("2 seconds")
    yield* Fiber.join(closing)
    assert.deepStrictEqual(ids(yield* subscription.take(ALL)), [["a"]])
  }).pipe(Effect.provide(bus()))
)

it.effect("what shutdown drops is told to a bus that listens", () =>
  Effect.gen(function* () {
    const told: Array<readonly [number, string]> = []
    const sink = Layer.succeed(FrameSink, {
      publish: () => Effect.never,
      recordLoss: (spans, reason) => Effect.sync(() => void told.push([spans, reason]))
    })
    const { close, publisher } = yield* inScope().pipe(Effect.provide(sink))
    publisher.offer(eventOf("a"))
    const closing = yield* close
    yield* TestClock.adjust("5 seconds")
    yield* Fiber.join(closing)
    assert.deepStrictEqual(told, [[2, "shutdown"]])
  })
)

const Steps = Schema.Array(
  Schema.Union([
    Schema.Struct({
      offer: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 8 })),
      bytes: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3_000 }))
    }),
    Schema.Struct({ wait: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 2_000 })) }),
    Schema.Struct({ mode: Schema.Literals(["up", "down", "hung"]) }),
    Schema.Struct({ drain: Schema.Literal(true) })
  ])
).check(Schema.isMaxLength(30))

it.effect.prop(
  "captured = published + dropped + queued at any time, and the bus knows all of it in the end",
  { steps: Steps },
  ({ steps }) =>
    Effect.gen(function* () {
      const subscription = yield* subscribe
      const { close, publisher } = yield* inScope({
        maxEvents: 20,
        maxBytes: 40_000,
        frameEvents: 4,
        framesInFlight: 2
      })
      let offered = 0
      let received = 0
      const check = () => {
        const { capturedSpans, droppedSpans, publishedSpans, queuedEvents } = publisher.stats()
        const dropped = Object.values(droppedSpans).reduce((total, spans) => total + spans, 0)
        assert.strictEqual(capturedSpans, 2 * offered)
        assert.strictEqual(publishedSpans + dropped + 2 * queuedEvents, capturedSpans)
        assert.isAtMost(queuedEvents, 20)
      }
      const drain = Effect.gen(function* () {
        yield* setMode("up")
        if ((yield* subscription.ledger).queued === 0) return
        const frames = yield* subscription.take(ALL)
        const spans = frames.reduce((total, frame) => total + frame.spans, 0)
        received += spans
        yield* subscription.acknowledge(frames.at(-1)?.sequence ?? 0, {
          delivered: spans,
          rejected: 0,
          deadLettered: 0,
          dropped: {}
        })
      })
      for (const step of steps) {
        if ("offer" in step) {
          for (let index = 0; index < step.offer; index++) publisher.offer(eventOf("x", step.bytes))
          offered += step.offer
        } else if ("wait" in step) yield* TestClock.adjust(Duration.millis(step.wait))
        else if ("mode" in step) yield* setMode(step.mode)
        else yield* drain
        yield* quiet
        check()
      }
      const closing = yield* close
      yield* setMode("up")
      yield* TestClock.adjust("6 seconds")
      yield* Fiber.join(closing)
      check()
      yield* drain
      const ledger = yield* subscription.ledger
      assertBalanced(ledger)
      const { droppedSpans, publishedSpans, queuedEvents } = publisher.stats()
      assert.strictEqual(queuedEvents, 0)
      // A publication that timed out may have been stored and then stored again.
      assert.isAtLeast(received, publishedSpans)
      assert.deepStrictEqual(ledger.dropped, droppedSpans)
    }).pipe(Effect.provide(bus(30_000), { local: true })),
  { arbitrary: { runs: 60 } }
)
