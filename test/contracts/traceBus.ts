import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import {
  BusFull,
  type Frame,
  type Ledger,
  type StoredFrame,
  type Subscription,
  TraceBus
} from "../../src/services/trace/TraceBus.ts"
import { delivered } from "./disposition.ts"

/** A frame of `size` bytes that all are `spans`, so that frames can be told apart. */
export const frameOf = (spans: number, size = 10): Frame => ({
  bytes: new Uint8Array(size).fill(spans),
  events: 1,
  spans
})

export const assertBalanced = (ledger: Ledger): void => {
  const dropped = Object.values(ledger.dropped).reduce((sum, spans) => sum + spans, 0)
  assert.strictEqual(
    ledger.delivered + ledger.rejected + ledger.deadLettered + dropped + ledger.queued,
    ledger.captured,
    JSON.stringify(ledger)
  )
}

const spansOf = (frames: ReadonlyArray<StoredFrame>) => frames.map((frame) => frame.spans)

const publishAll = Effect.fnUntraced(function* (...spans: ReadonlyArray<number>) {
  const bus = yield* TraceBus
  for (const each of spans) yield* bus.publish(frameOf(each))
})

const ALL = 1_000_000

/** Of the frames that a bound is made for. */
const SIZE = 10

/**
 * What every bus promises. `layer` makes an empty one that holds at most `maxBytes` bytes of frames; `overhead` is what
 * its bound counts for each frame beside the frame's bytes. Where a laggard `gives up`, a consumer that alone fills the
 * bus loses its oldest; elsewhere it `holds` what others have settled.
 */
export const traceBusContract = (
  name: string,
  layer: (maxBytes: number) => Layer.Layer<TraceBus, unknown>,
  overhead = 0,
  laggard: "holds" | "gives up" = "holds"
): void => {
  const refusesForOne = (publish: Effect.Effect<void, unknown>) =>
    laggard === "gives up"
      ? Effect.void
      : Effect.map(Effect.flip(publish), (error) => assert.isTrue(error instanceof BusFull))

  /** Room for so many frames, and not quite for another. */
  const roomFor = (frames: number) => frames * (SIZE + overhead) + SIZE / 2

  const test = (title: string, body: Effect.Effect<void, unknown, TraceBus | Scope.Scope>, maxBytes = ALL) =>
    it.effect(title, () => body.pipe(Effect.provide(layer(maxBytes), { local: true })))

  describe(name, () => {
    test(
      "gives frames in order, as they were published",
      Effect.gen(function* () {
        const bus = yield* TraceBus
        const subscription = yield* bus.subscribe("a")
        yield* publishAll(3, 1, 2)
        const frames = yield* subscription.take(ALL)
        assert.deepStrictEqual(spansOf(frames), [3, 1, 2])
        assert.deepStrictEqual(frames[0]?.bytes, new Uint8Array(10).fill(3))
        assert.strictEqual(frames[0]?.events, 1)
        assert.isTrue((frames[0]?.sequence ?? 0) < (frames[1]?.sequence ?? 0))
        assert.strictEqual(frames[0]?.publishedAt, 0)
      })
    )

    test(
      "starts a new consumer at the log's end",
      Effect.gen(function* () {
        const bus = yield* TraceBus
        yield* bus.subscribe("early")
        yield* publishAll(1)
        const late = yield* bus.subscribe("late")
        yield* publishAll(2)
        assert.deepStrictEqual(spansOf(yield* late.take(ALL)), [2])
        assert.strictEqual((yield* late.ledger).captured, 2)
      })
    )

    test(
      "take waits for the first frame",
      Effect.gen(function* () {
        const bus = yield* TraceBus
        const subscription = yield* bus.subscribe("a")
        const taking = yield* Effect.forkChild(subscription.take(ALL), { startImmediately: true })
        yield* Effect.yieldNow
        assert.isUndefined(taking.pollUnsafe())
        yield* publishAll(7)
        assert.deepStrictEqual(spansOf(yield* Fiber.join(taking)), [7])
      })
    )

    test(
      "take gives what fits in maxBytes, and one frame however large",
      Effect.gen(function* () {
        const bus = yield* TraceBus
        const subscription = yield* bus.subscribe("a")
        yield* bus.publish(frameOf(1, 50))
        yield* bus.publish(frameOf(2, 20))
        yield* bus.publish(frameOf(3, 20))
        yield* bus.publish(frameOf(4, 1))
        assert.deepStrictEqual(spansOf(yield* subscription.take(5)), [1])
        assert.deepStrictEqual(spansOf(yield* subscription.take(40)), [2, 3])
        assert.deepStrictEqual(spansOf(yield* subscription.take(40)), [4])
      })
    )

    test(
      "an interrupted take loses nothing",
      Effect.gen(function* () {
        const bus = yield* TraceBus
        const subscription = yield* bus.subscribe("a")
        const taking = yield* Effect.forkChild(subscription.take(ALL), { startImmediately: true })
        yield* Fiber.interrupt(taking)
        yield* publishAll(1)
        assert.deepStrictEqual(spansOf(yield* subscription.take(ALL)), [1])
      })
    )

    test(
      "rewind gives frames again that were not acknowledged",
      Effect.gen(function* () {
        const bus = yield* TraceBus
        const subscription = yield* bus.subscribe("a")
        yield* publishAll(1, 2, 3)
        const [first] = yield* subscription.take(ALL)
        yield* subscription.acknowledge(first?.sequence ?? 0, delivered(1))
        yield* subscription.rewind
        assert.deepStrictEqual(spansOf(yield* subscription.take(ALL)), [2, 3])
      })
    )

    test(
      "CurrentlyProcessedItems: a consumer that comes back gets them again",
      Effect.gen(function* () {
        const bus = yield* TraceBus
        yield* Effect.scoped(
          Effect.gen(function* () {
            const subscription = yield* bus.subscribe("a")
            yield* publishAll(1, 2)
            const [first] = yield* subscription.take(ALL)
            yield* subscription.acknowledge(first?.sequence ?? 0, delivered(1))
          })
        )
        yield* publishAll(3)
        const again = yield* bus.subscribe("a")
        assert.deepStrictEqual(spansOf(yield* again.take(ALL)), [2, 3])
        assert.strictEqual((yield* again.ledger).captured, 6)
      })
    )

    test(
      "an acknowledgement settles everything before it, once",
      Effect.gen(function* () {
        const bus = yield* TraceBus
        const subscription = yield* bus.subscribe("a")
        yield* publishAll(1, 2, 3)
        const frames = yield* subscription.take(ALL)
        const second = frames[1]?.sequence ?? 0
        const disposition = { delivered: 1, rejected: 1, deadLettered: 0, dropped: { http_400: 1 } }
        yield* subscription.acknowledge(second, disposition)
        yield* subscription.acknowledge(second, disposition)
        assert.deepStrictEqual(yield* subscription.ledger, {
          captured: 6,
          delivered: 1,
          rejected: 1,
          deadLettered: 0,
          dropped: { http_400: 1 },
          queued: 3,
          queuedBytes: 10,
          oldestAt: 0
        })
        yield* subscription.acknowledge(frames[2]?.sequence ?? 0, { ...delivered(2), deadLettered: 1 })
        const ledger = yield* subscription.ledger
        assertBalanced(ledger)
        assert.strictEqual(ledger.deadLettered, 1)
        assert.strictEqual(ledger.queued, 0)
        assert.isUndefined(ledger.oldestAt)
      })
    )

    test(
      "what an acknowledgement does not speak of is unaccounted",
      Effect.gen(function* () {
        const bus = yield* TraceBus
        const subscription = yield* bus.subscribe("a")
        yield* publishAll(5)
        const [frame] = yield* subscription.take(ALL)
        yield* subscription.acknowledge(frame?.sequence ?? 0, delivered(3))
        const ledger = yield* subscription.ledger
        assertBalanced(ledger)
        assert.deepStrictEqual(ledger.dropped, { unaccounted: 2 })
      })
    )

    test(
      "consumers go at their own speed",
      Effect.gen(function* () {
        const bus = yield* TraceBus
        const fast = yield* bus.subscribe("fast")
        const slow = yield* bus.subscribe("slow")
        for (let round = 1; round <= 5; round++) {
          yield* publishAll(round)
          const [frame] = yield* fast.take(ALL)
          yield* fast.acknowledge(frame?.sequence ?? 0, delivered(round))
        }
        assert.strictEqual((yield* fast.ledger).queued, 0)
        assert.strictEqual((yield* slow.ledger).queued, 15)
        assert.deepStrictEqual(spansOf(yield* slow.take(20)), [1, 2])
        assert.deepStrictEqual(spansOf(yield* slow.take(ALL)), [3, 4, 5])
        assert.deepStrictEqual(yield* bus.consumers, ["fast", "slow"])
      })
    )

    test(
      "FullCapacity: the newest is refused until there is room, which is when everybody has settled or has given up",
      Effect.gen(function* () {
        const bus = yield* TraceBus
        const fast = yield* bus.subscribe("fast")
        const slow = yield* bus.subscribe("slow")
        yield* publishAll(1, 2, 3)
        const error = yield* Effect.flip(bus.publish(frameOf(4)))
        assert.isTrue(error instanceof BusFull && error.bytes === 3 * (SIZE + overhead) && error.limit === roomFor(3))
        const frames = yield* fast.take(ALL)
        yield* fast.acknowledge(frames[2]?.sequence ?? 0, delivered(6))
        yield* refusesForOne(bus.publish(frameOf(4)))
        const [first] = yield* slow.take(1)
        yield* slow.acknowledge(first?.sequence ?? 0, delivered(1))
        yield* bus.publish(frameOf(5))
        assert.deepStrictEqual(spansOf(yield* slow.take(ALL)), [2, 3, 5])
        assert.deepStrictEqual(spansOf(yield* fast.take(ALL)), [5])
        assert.strictEqual((yield* slow.ledger).captured, 11)
      }),
      roomFor(3)
    )

    if (laggard === "gives up") {
      test(
        "FullCapacity: who is behind alone loses its oldest, and nobody else any",
        Effect.gen(function* () {
          const bus = yield* TraceBus
          const [fast, slow] = [yield* bus.subscribe("fast"), yield* bus.subscribe("slow")]
          const dead = yield* Effect.scoped(bus.subscribe("dead"))
          const got: Array<number> = []
          for (let spans = 1; spans <= 9; spans++) {
            yield* publishAll(spans)
            const frames = yield* fast.take(ALL)
            yield* fast.acknowledge(frames.at(-1)?.sequence ?? 0, delivered(spans))
            got.push(...spansOf(frames))
          }
          assert.deepStrictEqual(got, [1, 2, 3, 4, 5, 6, 7, 8, 9])
          const { captured, dropped, queued } = yield* fast.ledger
          assert.deepStrictEqual([captured, dropped, queued], [45, {}, 0])
          // It was too late for the oldest, and had taken none.
          const left = yield* slow.take(ALL)
          const ledger = yield* slow.ledger
          assertBalanced(ledger)
          const queuedSpans = spansOf(left).reduce((sum, spans) => sum + spans, 0)
          assert.strictEqual(left.at(-1)?.spans, 9)
          assert.isBelow(left.length, 5)
          assert.deepStrictEqual(
            [ledger.captured, ledger.dropped, ledger.queued],
            [45, { destination_behind: 45 - queuedSpans }, queuedSpans]
          )
          yield* slow.acknowledge(left.at(-1)?.sequence ?? 0, delivered(queuedSpans))
          assert.strictEqual((yield* slow.ledger).delivered, queuedSpans)
          assert.strictEqual((yield* Effect.flip(dead.ledger))._tag, "BusUnavailable")
          const back = yield* bus.subscribe("dead")
          assert.deepStrictEqual((yield* back.ledger).dropped, ledger.dropped)
          assert.deepStrictEqual(spansOf(yield* back.take(ALL)), spansOf(left))
        }),
        roomFor(4)
      )
    }

    test(
      "keeps nothing while nobody is subscribed",
      Effect.gen(function* () {
        const bus = yield* TraceBus
        yield* publishAll(...Array.from({ length: 20 }, () => 1))
        const subscription = yield* bus.subscribe("a")
        yield* publishAll(2)
        assert.deepStrictEqual(spansOf(yield* subscription.take(ALL)), [2])
      }),
      roomFor(3)
    )

    test(
      "a loss stands in the ledger of everyone who was there",
      Effect.gen(function* () {
        const bus = yield* TraceBus
        const a = yield* bus.subscribe("a")
        yield* bus.recordLoss(5, "queue_full")
        const b = yield* bus.subscribe("b")
        yield* bus.recordLoss(2, "queue_full")
        yield* bus.recordLoss(1, "shutdown")
        assert.deepStrictEqual((yield* a.ledger).dropped, { queue_full: 7, shutdown: 1 })
        assert.deepStrictEqual((yield* b.ledger).dropped, { queue_full: 2, shutdown: 1 })
        assertBalanced(yield* a.ledger)
        assertBalanced(yield* b.ledger)
      })
    )

    test(
      "refuses a second subscription of a name while the first lives",
      Effect.gen(function* () {
        const bus = yield* TraceBus
        const scope = yield* Scope.make()
        const first = yield* bus.subscribe("a").pipe(Scope.provide(scope))
        assert.strictEqual((yield* Effect.flip(bus.subscribe("a")))._tag, "BusUnavailable")
        const taking = yield* Effect.forkChild(Effect.flip(first.take(ALL)), { startImmediately: true })
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual((yield* Fiber.join(taking))._tag, "BusUnavailable")
        yield* bus.subscribe("a")
      })
    )

    test(
      "unsubscribe forgets a consumer and frees what was kept for it",
      Effect.gen(function* () {
        const bus = yield* TraceBus
        const a = yield* bus.subscribe("a")
        const gone = yield* Effect.scoped(bus.subscribe("gone"))
        assert.strictEqual((yield* Effect.flip(gone.ledger))._tag, "BusUnavailable")
        yield* publishAll(1, 2, 3)
        assert.strictEqual((yield* Effect.flip(bus.publish(frameOf(4))))._tag, "BusFull")
        const frames = yield* a.take(ALL)
        yield* a.acknowledge(frames[2]?.sequence ?? 0, delivered(6))
        yield* refusesForOne(bus.publish(frameOf(4)))
        yield* bus.unsubscribe("gone")
        assert.deepStrictEqual(yield* bus.consumers, ["a"])
        yield* publishAll(4, 5, 6)
        yield* bus.unsubscribe("a")
        assert.strictEqual((yield* Effect.flip(a.take(ALL)))._tag, "BusUnavailable")
        const again = yield* bus.subscribe("a")
        assert.strictEqual((yield* again.ledger).captured, 0)
      }),
      roomFor(3)
    )

    test(
      "ConsumersProducers: many publish at once while a consumer takes and acknowledges",
      Effect.gen(function* () {
        const bus = yield* TraceBus
        const subscription = yield* bus.subscribe("a")
        const publishing = yield* Effect.forEach(
          Array.from({ length: 200 }, (_, index) => 1 + (index % 200)),
          (spans) => bus.publish(frameOf(spans)),
          { concurrency: 16, discard: true }
        ).pipe(Effect.forkChild)
        const seen: Array<number> = []
        let last = 0
        while (seen.length < 200) {
          const frames = yield* subscription.take(64)
          for (const frame of frames) {
            assert.isTrue(frame.sequence > last)
            last = frame.sequence
            seen.push(frame.spans)
          }
          yield* subscription.acknowledge(last, delivered(spansOf(frames).reduce((sum, spans) => sum + spans)))
        }
        yield* Fiber.join(publishing)
        assert.deepStrictEqual(
          seen.sort((a, b) => a - b),
          Array.from({ length: 200 }, (_, index) => index + 1)
        )
        assertBalanced(yield* subscription.ledger)
      })
    )

    test(
      "says how much it holds",
      Effect.gen(function* () {
        const bus = yield* TraceBus
        // A bus without a bound of its own says nothing.
        if (bus.capacityBytes === undefined) return
        yield* bus.subscribe("a")
        assert.strictEqual(bus.capacityBytes, 40)
        const full = yield* Effect.flip(bus.publish(frameOf(1, 41)))
        assert.deepStrictEqual([full._tag, full._tag === "BusFull" ? full.limit : 0], ["BusFull", 40])
      }),
      40
    )

    it.effect.prop(
      "whatever happens, the ledgers balance and nothing is skipped",
      { steps: Schema.Array(Step).check(Schema.isMaxLength(40)) },
      ({ steps }) => runSteps(steps).pipe(Effect.scoped, Effect.provide(layer(roomFor(20)), { local: true })),
      { arbitrary: { runs: 30 } }
    )
  })
}

const Step = Schema.Union([
  Schema.Struct({
    do: Schema.Literal("publish"),
    spans: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 }))
  }),
  Schema.Struct({ do: Schema.Literal("lose"), spans: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 })) }),
  Schema.Struct({
    do: Schema.Literals(["take", "acknowledge", "rewind", "return", "unsubscribe"]),
    who: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1 }))
  })
])

interface Reader {
  readonly name: string
  scope: Scope.Closeable
  subscription: Subscription
  /** Published since it subscribed. */
  published: Array<number>
  settled: number
  taken: Array<StoredFrame>
  lost: number
}

const join = Effect.fnUntraced(function* (name: string) {
  const scope = yield* Scope.make()
  const subscription = yield* (yield* TraceBus).subscribe(name).pipe(Scope.provide(scope))
  const reader: Reader = { name, scope, subscription, published: [], settled: 0, taken: [], lost: 0 }
  return reader
})

const runSteps = Effect.fnUntraced(function* (steps: ReadonlyArray<typeof Step.Type>) {
  const bus = yield* TraceBus
  const readers = [yield* join("a"), yield* join("b")]

  for (const step of steps) {
    if (step.do === "publish") {
      const outcome = yield* Effect.exit(bus.publish(frameOf(step.spans)))
      if (Exit.isSuccess(outcome)) for (const reader of readers) reader.published.push(step.spans)
      continue
    }
    if (step.do === "lose") {
      yield* bus.recordLoss(step.spans, "queue_full")
      for (const reader of readers) reader.lost += step.spans
      continue
    }
    const reader = readers[step.who]!
    const unread = reader.published.slice(reader.settled + reader.taken.length)
    switch (step.do) {
      case "take": {
        if (unread.length === 0) break
        const frames = yield* reader.subscription.take(30)
        assert.deepStrictEqual(spansOf(frames), unread.slice(0, 3))
        reader.taken.push(...frames)
        break
      }
      case "acknowledge": {
        const settled = reader.taken.splice(0, 2)
        const last = settled.at(-1)
        if (last === undefined) break
        yield* reader.subscription.acknowledge(
          last.sequence,
          delivered(spansOf(settled).reduce((sum, spans) => sum + spans))
        )
        reader.settled += settled.length
        break
      }
      case "rewind": {
        yield* reader.subscription.rewind
        reader.taken = []
        break
      }
      case "return": {
        yield* Scope.close(reader.scope, Exit.void)
        const { scope, subscription } = yield* join(reader.name)
        Object.assign(reader, { scope, subscription, taken: [] })
        break
      }
      case "unsubscribe": {
        yield* bus.unsubscribe(reader.name)
        yield* Scope.close(reader.scope, Exit.void)
        readers[step.who] = yield* join(reader.name)
        break
      }
    }
  }

  for (const reader of readers) {
    const ledger = yield* reader.subscription.ledger
    const sum = (spans: ReadonlyArray<number>) => spans.reduce((total, each) => total + each, 0)
    assertBalanced(ledger)
    assert.strictEqual(ledger.captured, sum(reader.published) + reader.lost)
    assert.strictEqual(ledger.delivered, sum(reader.published.slice(0, reader.settled)))
    assert.strictEqual(ledger.queued, sum(reader.published.slice(reader.settled)))
    assert.strictEqual(ledger.queuedBytes, 10 * (reader.published.length - reader.settled))
    yield* Scope.close(reader.scope, Exit.void)
  }
})
