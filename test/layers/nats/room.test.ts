import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import type { JetStreamClient, JetStreamSubscription, NatsConnection } from "nats"
import { type AccountBook, makeAccountBook } from "../../../src/layers/nats/AccountBook.ts"
import { isCounted } from "../../../src/layers/nats/ConsumerAccount.ts"
import { durableName } from "../../../src/layers/nats/consumerNames.ts"
import { makeFramePull } from "../../../src/layers/nats/FramePull.ts"
import { endDoubt, giveUp } from "../../../src/layers/nats/givingUp.ts"
import { endDoubts, makeRoom } from "../../../src/layers/nats/makeRoom.ts"
import { NatsLink } from "../../../src/layers/nats/NatsLink.ts"
import { makeNatsPublisher } from "../../../src/layers/nats/NatsPublisher.ts"
import * as NatsTraceBus from "../../../src/layers/nats/NatsTraceBus.ts"
import { oldestMessages } from "../../../src/layers/nats/oldestMessages.ts"
import { STREAM } from "../../../src/layers/nats/traceStream.ts"
import { makeRateLimitedLog } from "../../../src/services/export/RateLimitedLog.ts"
import { STORE_CONSUMER } from "../../../src/services/store/TraceIngest.ts"
import { type Ledger, type Subscription, TraceBus } from "../../../src/services/trace/TraceBus.ts"
import { delivered } from "../../contracts/disposition.ts"
import { assertBalanced, frameOf } from "../../contracts/traceBus.ts"
import { linkTo, streamSettings } from "./links.ts"
import { type NatsServer, natsServer } from "./server.ts"
import { until } from "./until.ts"

const ALL = 100_000_000
/** Of a frame, and of the stream: room for a hundred, of which ten are kept free. */
const SIZE = 10_000
const MAX = 1_020_000
const HEALTHY = "destination:healthy"
const DOWN = "destination:down"

const settings = streamSettings({ maxStreamBytes: MAX })

/** What is kept free is a tenth, and not one message of the largest kind. */
const server = natsServer({ maxPayload: 64 * 1024 })

/** As in a process of its own. */
const instance = Effect.fnUntraced(function* ({ url }: NatsServer) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const layer = NatsTraceBus.layer(settings).pipe(Layer.provideMerge(linkTo(url)))
  const context = yield* Layer.buildWithScope(Layer.fresh(layer), scope)
  const link = Context.get(context, NatsLink)
  yield* link.whenUp
  const book = makeAccountBook(link, settings)
  const bus = Context.get(context, TraceBus)
  return {
    bus,
    book,
    link,
    subscribe: (consumer: string) => Scope.provide(bus.subscribe(consumer), scope),
    stop: Scope.close(scope, Exit.void)
  }
})

type Instance = Effect.Success<ReturnType<typeof instance>>

/** As a gateway does: refused where there is no room, and nobody makes any for it. */
const gateway = ({ link }: Instance) => {
  const publisher = makeNatsPublisher(link, settings)
  let published = 0
  const publish = Effect.fnUntraced(function* (count: number) {
    for (let index = 0; index < count; index++) {
      published += 1
      yield* publisher.publish(frameOf(1, SIZE), String(published))
    }
  })
  return { publish, published: () => published }
}

/** As from a server that gives so many messages and then hangs. */
const stalling = (link: NatsLink["Service"], messages: number, onStuck: () => void): NatsLink["Service"] => {
  const stalled = (subscription: JetStreamSubscription): JetStreamSubscription =>
    Object.create(subscription, {
      [Symbol.asyncIterator]: {
        value: async function* () {
          let left = messages
          for await (const message of subscription) {
            if (left === 0) {
              onStuck()
              await new Promise(() => {})
            }
            left -= 1
            yield message
          }
        }
      }
    })
  const slowed = (connection: NatsConnection): NatsConnection => {
    const client = connection.jetstream()
    const subscribe: JetStreamClient["subscribe"] = async (...asked) => stalled(await client.subscribe(...asked))
    const slow: JetStreamClient = Object.create(client, { subscribe: { value: subscribe } })
    return Object.create(connection, { jetstream: { value: () => slow } })
  }
  return { ...link, use: (ask) => link.use((connection) => ask(slowed(connection))) }
}

const streamOf = ({ link }: Instance) =>
  link.use(async (connection) => (await connection.jetstreamManager()).streams.info(STREAM))
const stateOf = (one: Instance) => Effect.map(streamOf(one), ({ state }) => state)

/** At the mark, and not a message below what it takes. */
const assertMarked = (one: Instance) =>
  Effect.map(stateOf(one), ({ bytes, messages }) => {
    assert.isAtMost(bytes, 0.9 * MAX)
    assert.isAbove(bytes + bytes / messages, 0.9 * MAX)
  })

const room = ({ book, link }: { readonly book: AccountBook; readonly link: NatsLink["Service"] }) =>
  makeRoom({ link, book, log: makeRateLimitedLog({}), expected: () => [] })

const deliverAll = Effect.fnUntraced(function* (subscription: Subscription, most: number) {
  let spans = 0
  while (spans < most) {
    const frames = yield* subscription.take(ALL)
    const some = frames.reduce((sum, frame) => sum + frame.spans, 0)
    yield* subscription.acknowledge(frames.at(-1)?.sequence ?? 0, delivered(some))
    spans += some
  }
})

const balanced = (subscription: Subscription): Effect.Effect<Ledger, unknown> =>
  Effect.tap(subscription.ledger, (ledger) => Effect.sync(() => assertBalanced(ledger)))

const behind = ({ dropped }: Ledger): number => dropped["destination_behind"] ?? 0

describe("a stream that one destination would fill", () => {
  it.live("takes whatever is published, costs who is behind its oldest, and the other nothing", () =>
    Effect.gen(function* () {
      const one = yield* instance(yield* server)
      const { publish, published } = gateway(one)
      const [healthy, down] = [yield* one.subscribe(HEALTHY), yield* one.subscribe(DOWN)]
      // It hangs: the first ones are in its exporter's hands until the end.
      yield* publish(5)
      const held = yield* down.take(ALL)
      assert.strictEqual(held.length, 5)
      yield* deliverAll(healthy, 5)
      yield* publish(90)
      yield* deliverAll(healthy, 90)
      for (let round = 0; round < 3; round++) {
        yield* until(Effect.map(stateOf(one), ({ bytes }) => bytes <= 0.9 * MAX))
        yield* publish(10)
        yield* deliverAll(healthy, 10)
      }
      yield* until(Effect.map(stateOf(one), ({ bytes }) => bytes <= 0.9 * MAX))

      const now = yield* balanced(healthy)
      assert.deepStrictEqual([now.captured, now.delivered, now.dropped, now.queued], [125, 125, {}, 0])
      const { messages } = yield* stateOf(one)
      assert.isAtLeast(messages, 85)
      const before = yield* balanced(down)
      // In the stream, in hand, or lost.
      assert.deepStrictEqual(
        [before.captured, before.delivered, before.queued, behind(before)],
        [125, 0, messages + 5, 125 - messages - 5]
      )

      // It comes back: what was in hand arrives after all, and what is left.
      yield* down.acknowledge(held.at(-1)?.sequence ?? 0, delivered(5))
      yield* deliverAll(down, messages)
      const after = yield* balanced(down)
      assert.deepStrictEqual(
        [after.captured, after.delivered, after.queued, after.dropped],
        [125, messages + 5, 0, before.dropped]
      )
      assert.strictEqual(published(), 125)
    })
  )

  it.live("is made room in by several at once, and each frame that goes is counted once", () =>
    Effect.gen(function* () {
      const nats = yield* server
      const instances = yield* Effect.all([instance(nats), instance(nats), instance(nats)])
      const [one, two] = instances
      const healthy = [yield* one.subscribe(HEALTHY), yield* two.subscribe(HEALTHY)]
      yield* Effect.scoped(one.bus.subscribe(DOWN))
      yield* Effect.scoped(one.bus.subscribe(STORE_CONSUMER))
      const { publish, published } = gateway(one)
      yield* publish(20)
      yield* deliverAll(healthy[1]!, 20)
      yield* one.bus.recordLoss(7, "queue_full")
      for (let round = 0; round < 6; round++) {
        yield* publish(round === 0 ? 75 : 8)
        yield* deliverAll(healthy[0]!, round === 0 ? 75 : 8)
        // The instances' own upkeep comes in between.
        yield* Effect.all([...instances, ...instances].map(room), { concurrency: 6 })
        yield* assertMarked(one)
      }
      for (const each of healthy) {
        const ledger = yield* balanced(each)
        assert.deepStrictEqual([ledger.captured, ledger.delivered], [published() + 7, published()])
      }
      const { messages } = yield* stateOf(one)
      for (const [name, reason] of [
        [DOWN, "destination_behind"],
        [STORE_CONSUMER, "store_behind"]
      ] as const) {
        const ledger = yield* balanced(yield* two.subscribe(name))
        assert.deepStrictEqual(
          [ledger.captured, ledger.delivered, ledger.queued, ledger.dropped],
          [published() + 7, 0, messages, { [reason]: published() - messages, queue_full: 7 }]
        )
      }
    })
  )

  it.live("keeps what the trace store alone has taken: no destination loses a trace for its sake", () =>
    Effect.gen(function* () {
      const one = yield* instance(yield* server)
      const { publish } = gateway(one)
      const store = yield* one.subscribe(STORE_CONSUMER)
      yield* Effect.scoped(one.bus.subscribe(DOWN))
      yield* publish(95)
      yield* deliverAll(store, 95)
      yield* room(one)
      assert.strictEqual((yield* stateOf(one)).messages, 95)
      const ledger = yield* balanced(yield* one.subscribe(DOWN))
      assert.deepStrictEqual([ledger.captured, ledger.queued, ledger.dropped], [95, 95, {}])
    })
  )

  it.effect("counts what a killed exporter had in hand when nobody has said for a while that he has it", () =>
    Effect.gen(function* () {
      const one = yield* instance(yield* server)
      const healthy = yield* one.subscribe(HEALTHY)
      yield* Effect.scoped(one.bus.subscribe(DOWN))
      const { publish } = gateway(one)
      yield* publish(40)
      // Whoever got these never says a word again.
      let taken = 0
      yield* Effect.scoped(
        Effect.flatMap(
          makeFramePull(one.link, durableName(DOWN), () => void (taken += 1)),
          (pull) => pull(30, ALL, false)
        )
      )
      assert.strictEqual(taken, 30)
      yield* publish(58)
      yield* deliverAll(healthy, 98)
      yield* room(one)
      const gone = 98 - (yield* stateOf(one)).messages
      assert.isAtLeast(gone, 8)
      const read = one.book.read(durableName(DOWN))
      const doubted = yield* read
      assert.deepStrictEqual([doubted?.inDoubt?.spans, doubted?.dropped], [gone, {}])

      yield* TestClock.adjust("14 seconds")
      yield* endDoubts(one.link, one.book)
      assert.deepStrictEqual((yield* read)?.dropped, {})
      yield* TestClock.adjust("1 second")
      for (const book of [one.book, makeAccountBook(one.link, settings)]) yield* endDoubts(one.link, book)
      const now = yield* read
      assert.deepStrictEqual([now?.inDoubt, now?.dropped], [undefined, { destination_behind: gone }])
    })
  )

  it.effect("leaves what an exporter has in hand to it for as long as it lives", () =>
    Effect.gen(function* () {
      const one = yield* instance(yield* server)
      const healthy = yield* one.subscribe(HEALTHY)
      const life = yield* Scope.make()
      const down = yield* Scope.provide(one.bus.subscribe(DOWN), life)
      const { publish } = gateway(one)
      yield* publish(20)
      assert.strictEqual((yield* down.take(ALL)).length, 20)
      yield* publish(78)
      yield* deliverAll(healthy, 98)
      yield* room(one)
      const read = one.book.read(durableName(DOWN))
      const doubted = (yield* read)?.inDoubt?.spans ?? 0
      assert.isAbove(doubted, 0)
      let heard = (yield* read)?.inDoubt?.until ?? 0
      for (let round = 0; round < 6; round++) {
        yield* TestClock.adjust("5 seconds")
        const before = heard
        while (heard === before) {
          yield* TestClock.adjust("10 millis")
          yield* TestClock.withLive(Effect.sleep("5 millis"))
          heard = (yield* read)?.inDoubt?.until ?? 0
        }
      }
      assert.isAtLeast(heard, 30_000)
      yield* Scope.close(life, Exit.void)
      yield* TestClock.adjust("15 seconds")
      yield* endDoubts(one.link, one.book)
      const { dropped, inDoubt } = (yield* read) ?? {}
      assert.deepStrictEqual([inDoubt, dropped], [undefined, { destination_behind: doubted }])
    })
  )

  it.live("counts what arrives after it was counted as lost no second time", () =>
    Effect.gen(function* () {
      const one = yield* instance(yield* server)
      const [healthy, frozen] = [yield* one.subscribe(HEALTHY), yield* one.subscribe(DOWN)]
      const { publish } = gateway(one)
      yield* publish(20)
      const held = yield* frozen.take(ALL)
      assert.strictEqual(held.length, 20)
      yield* deliverAll(healthy, 20)
      yield* publish(78)
      yield* deliverAll(healthy, 78)
      yield* room(one)
      const { messages } = yield* stateOf(one)
      const gone = 98 - messages
      yield* one.book.update(durableName(DOWN), (account) => endDoubt(account, "destination_behind"))
      yield* frozen.acknowledge(held.at(-1)?.sequence ?? 0, delivered(20))
      const late = yield* balanced(frozen)
      assert.deepStrictEqual([late.captured, late.delivered, behind(late)], [98, 20 - gone, gone])
      yield* deliverAll(frozen, 78)
      const end = yield* balanced(frozen)
      assert.deepStrictEqual([end.captured, end.delivered, behind(end), end.queued], [98, 98 - gone, gone, 0])
    })
  )

  it.live("gives nobody what stands as given up, where whoever wrote it died before it was gone", () =>
    Effect.gen(function* () {
      const one = yield* instance(yield* server)
      yield* Effect.scoped(one.bus.subscribe(DOWN))
      yield* gateway(one).publish(6)
      const { created: stream } = yield* streamOf(one)
      const oldest = yield* oldestMessages(one.link, { stream, first: 1, through: 4, bytes: ALL })
      assert.deepStrictEqual(
        oldest.map(({ sequence }) => sequence),
        [1, 2, 3, 4]
      )
      yield* one.book.update(durableName(DOWN), (account) =>
        giveUp(account, oldest, { settled: 0, delivered: 0, reason: "destination_behind", now: 0 })
      )
      const down = yield* one.subscribe(DOWN)
      const frames = yield* down.take(ALL)
      assert.deepStrictEqual(
        frames.map(({ sequence }) => sequence),
        [5, 6]
      )
      const ledger = yield* balanced(down)
      assert.deepStrictEqual([ledger.captured, ledger.dropped, ledger.queued], [6, { destination_behind: 4 }, 2])
    })
  )

  it.live("is not made room in by what it was before somebody else made room", () =>
    Effect.gen(function* () {
      const one = yield* instance(yield* server)
      yield* one.subscribe(DOWN)
      yield* gateway(one).publish(6)
      const { created } = yield* streamOf(one)
      const from = (first: number, stream = created) =>
        oldestMessages(one.link, { stream, first, through: 6, bytes: ALL })
      assert.strictEqual((yield* from(1)).length, 6)
      yield* one.link.use(async (connection) => (await connection.jetstreamManager()).streams.purge(STREAM, { seq: 4 }))
      assert.deepStrictEqual([yield* from(1), yield* from(5), (yield* from(4)).length], [[], [], 3])
      assert.deepStrictEqual(yield* from(4, "another"), [])
    })
  )

  it.effect("is made room in by what a slow server gives in time", () =>
    Effect.gen(function* () {
      const one = yield* instance(yield* server)
      yield* one.subscribe(DOWN)
      yield* gateway(one).publish(6)
      const stuck = yield* Latch.make()
      const slow = stalling(one.link, 2, () => stuck.openUnsafe())
      const { created: stream } = yield* streamOf(one)
      const reading = yield* Effect.forkScoped(oldestMessages(slow, { stream, first: 1, through: 6, bytes: ALL }))
      yield* stuck.await
      yield* TestClock.adjust("5 seconds")
      const sequences = (yield* Fiber.join(reading)).map(({ sequence }) => sequence)
      assert.deepStrictEqual(sequences, [1, 2])
    })
  )

  it.live("is looked at without leaving anything on the server", () =>
    Effect.gen(function* () {
      const one = yield* instance(yield* server)
      yield* one.subscribe(DOWN)
      yield* gateway(one).publish(6)
      const names = one.link.use(async (connection) => {
        const all = await (await connection.jetstreamManager()).consumers.list(STREAM).next()
        return all.map(({ name }) => name).sort()
      })
      const before = yield* names
      const { created: stream } = yield* streamOf(one)
      for (const through of [3, 6]) yield* oldestMessages(one.link, { stream, first: 1, through, bytes: ALL })
      assert.deepStrictEqual(yield* names, before)
    })
  )

  it.live("keeps what was there before a destination was added, until that one has gone on itself", () =>
    Effect.gen(function* () {
      const one = yield* instance(yield* server)
      yield* Effect.scoped(one.bus.subscribe(DOWN))
      const { publish } = gateway(one)
      yield* publish(95)
      const added = yield* one.subscribe(HEALTHY)
      yield* room(one)
      // A loss is in the stream too, and nobody has to send it.
      yield* one.bus.recordLoss(7, "queue_full")
      yield* room(one)
      const held = yield* one.book.read(durableName(DOWN))
      assert.deepStrictEqual([(yield* stateOf(one)).messages, held?.dropped["destination_behind"]], [96, undefined])

      yield* publish(1)
      yield* deliverAll(added, 1)
      yield* room(one)
      yield* assertMarked(one)
    })
  )

  it.live("refuses the newest where everybody is behind, and costs nobody anything", () =>
    Effect.gen(function* () {
      const one = yield* instance(yield* server)
      const [first, second] = [yield* one.subscribe(HEALTHY), yield* one.subscribe(DOWN)]
      const refused = yield* Effect.flip(gateway(one).publish(110))
      assert.match(refused.message, /maximum bytes/)
      yield* room(one)
      for (const each of [first, second]) {
        const { captured, dropped, queued } = yield* balanced(each)
        assert.deepStrictEqual([captured, dropped, queued], [100, {}, 100])
      }
      // One goes on by half, and that is what the other loses for it, at most.
      yield* first.take(50 * SIZE)
      yield* first.acknowledge(50, delivered(50))
      yield* room(one)
      const { messages } = yield* stateOf(one)
      const [ahead, back] = [yield* balanced(first), yield* balanced(second)]
      assert.deepStrictEqual([ahead.delivered, ahead.dropped, ahead.queued], [50, {}, 50])
      assert.deepStrictEqual([back.dropped, back.queued], [{ destination_behind: 100 - messages }, messages])
      yield* assertMarked(one)
    })
  )
})

it.live("a stream that was deleted and made anew loses nothing that is published since", () =>
  Effect.gen(function* () {
    const nats = yield* server
    const one = yield* instance(nats)
    const before = yield* one.subscribe(DOWN)
    yield* gateway(one).publish(5)
    yield* deliverAll(before, 5)
    yield* one.stop
    const two = yield* instance(nats)
    yield* two.link.use(async (connection) => (await connection.jetstreamManager()).streams.delete(STREAM))
    for (const spans of [2, 3, 4]) yield* two.bus.publish(frameOf(spans))
    const after = yield* two.subscribe(DOWN)
    yield* deliverAll(after, 9)
    const ledger = yield* balanced(after)
    assert.deepStrictEqual([ledger.captured, ledger.delivered, ledger.queued], [14, 14, 0])
  })
)

it.effect(
  "a stream that was made anew has its frames counted by where it begins, and not by where the old one did",
  () =>
    Effect.gen(function* () {
      const one = yield* instance(yield* server)
      const life = yield* Scope.make()
      const before = yield* Scope.provide(one.bus.subscribe(DOWN), life)
      yield* gateway(one).publish(10)
      yield* deliverAll(before, 10)
      while ((yield* stateOf(one)).first_seq !== 11) {
        yield* TestClock.adjust("1 second")
        yield* TestClock.withLive(Effect.sleep("5 millis"))
      }
      // Whoever has removed them has heard so by now.
      yield* stateOf(one)
      yield* one.link.use(async (connection) => (await connection.jetstreamManager()).streams.delete(STREAM))
      yield* Effect.flip(before.take(ALL))
      yield* Scope.close(life, Exit.void)
      const after = yield* one.subscribe(DOWN)
      for (const spans of [1, 2, 3, 4, 5]) yield* one.bus.publish(frameOf(spans))
      // Another instance has the first two.
      const others: Array<number> = []
      yield* Effect.flatMap(
        makeFramePull(one.link, durableName(DOWN), ({ sequence }) => void others.push(sequence)),
        (pull) => pull(2, ALL, false)
      )
      assert.deepStrictEqual(others, [1, 2])
      assert.strictEqual((yield* after.take(ALL)).length, 3)
      for (const sequence of [3, 5]) yield* after.acknowledge(sequence, delivered(sequence))
      const account = yield* one.book.read(durableName(DOWN))
      const counted = [1, 2, 3, 5].map((sequence) => account !== undefined && isCounted(account, sequence))
      assert.deepStrictEqual(counted, [false, false, true, true])
    })
)
