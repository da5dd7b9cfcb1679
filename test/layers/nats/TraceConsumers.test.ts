import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { durableName } from "../../../src/layers/nats/consumerNames.ts"
import { NatsLink } from "../../../src/layers/nats/NatsLink.ts"
import * as NatsTraceBus from "../../../src/layers/nats/NatsTraceBus.ts"
import type { PublicationOrder } from "../../../src/layers/nats/publicationOrder.ts"
import { TraceConsumers } from "../../../src/layers/nats/TraceConsumers.ts"
import { STREAM } from "../../../src/layers/nats/traceStream.ts"
import { TraceBus } from "../../../src/services/trace/TraceBus.ts"
import { delivered } from "../../contracts/disposition.ts"
import { assertBalanced, frameOf } from "../../contracts/traceBus.ts"
import { linkTo, streamSettings } from "./links.ts"
import { natsServer } from "./server.ts"

const ALL = 1_000_000
const NAME = "destination:x"
const order = (number: number): PublicationOrder => ({ epoch: 1, number })

/** Of which two fit in the stream, and not three. */
const FRAME = 100_000
const settings = streamSettings({ maxStreamBytes: 250_000 })

const busAt = (url: string, inForce?: PublicationOrder) =>
  NatsTraceBus.layer(settings, () => inForce).pipe(Layer.provideMerge(linkTo(url)))

const instance = Effect.fnUntraced(function* (url: string, inForce?: PublicationOrder) {
  const context = yield* Layer.build(Layer.fresh(busAt(url, inForce)))
  const link = Context.get(context, NatsLink)
  yield* link.whenUp
  return { bus: Context.get(context, TraceBus), link }
})

const claims = Effect.fnUntraced(function* (url: string, always?: ReadonlyArray<string>) {
  const layer = TraceConsumers.layer(settings, always).pipe(Layer.provideMerge(linkTo(url)))
  const context = yield* Layer.build(Layer.fresh(layer))
  yield* Context.get(context, NatsLink).whenUp
  return Context.get(context, TraceConsumers).claim
})

describe("a consumer that was claimed", () => {
  it.live("has what was published before anybody subscribed it, and only what came after the claim", () =>
    Effect.gen(function* () {
      const { url } = yield* natsServer()
      const { bus } = yield* instance(url)
      yield* bus.publish(frameOf(9))
      const claim = yield* claims(url, ["store"])
      yield* claim([NAME], { order: order(1), whole: false })
      assert.deepStrictEqual(yield* bus.consumers, [NAME, "store"])
      yield* bus.publish(frameOf(2))
      yield* bus.recordLoss(4, "spool_full")
      yield* claim([NAME], { order: order(2), whole: false })
      yield* bus.publish(frameOf(3))
      const subscription = yield* (yield* instance(url)).bus.subscribe(NAME)
      const frames = yield* subscription.take(ALL)
      assert.deepStrictEqual(
        frames.map(({ spans }) => spans),
        [2, 3]
      )
      yield* subscription.acknowledge(frames.at(-1)?.sequence ?? 0, delivered(5))
      const ledger = yield* subscription.ledger
      assertBalanced(ledger)
      assert.deepStrictEqual([ledger.captured, ledger.delivered, ledger.dropped], [9, 5, { spool_full: 4 }])
    })
  )

  it.live("has all that is in the stream, where it holds nothing from before", () =>
    Effect.gen(function* () {
      const { url } = yield* natsServer()
      const { bus } = yield* instance(url)
      yield* bus.publish(frameOf(9))
      const claim = yield* claims(url)
      yield* claim([NAME], { order: order(1), whole: true })
      const subscription = yield* bus.subscribe(NAME)
      yield* subscription.take(ALL)
      assert.strictEqual((yield* subscription.ledger).captured, 9)
    })
  )

  it.live(
    "is not removed by an exporter that has not heard of its configuration, and is by one that knows a later",
    () =>
      Effect.gen(function* () {
        const { url } = yield* natsServer()
        yield* (yield* claims(url))([NAME], { order: order(5), whole: false })
        for (const heard of [undefined, order(4), order(5)]) {
          const { bus } = yield* instance(url, heard)
          assert.strictEqual((yield* Effect.flip(bus.unsubscribe(NAME)))._tag, "BusUnavailable")
          assert.deepStrictEqual(yield* bus.consumers, [NAME])
        }
        const { bus } = yield* instance(url, order(6))
        yield* bus.unsubscribe(NAME)
        assert.deepStrictEqual(yield* bus.consumers, [])
      })
  )

  it.live("loses nothing when its durable is taken away: another begins where its account says", () =>
    Effect.gen(function* () {
      const { url } = yield* natsServer()
      const claim = yield* claims(url)
      yield* claim([NAME], { order: order(1), whole: false })
      const { bus, link } = yield* instance(url)
      yield* bus.publish(frameOf(2, FRAME))
      yield* link.use(async (connection) =>
        (await connection.jetstreamManager()).consumers.delete(STREAM, durableName(NAME))
      )
      const other = yield* bus.subscribe("destination:other")
      yield* bus.publish(frameOf(3, FRAME))
      const [frame] = yield* other.take(ALL)
      yield* other.acknowledge(frame?.sequence ?? 0, delivered(3))
      // A full stream lets go of what everybody has settled, and has nothing of the kind.
      assert.strictEqual((yield* Effect.flip(bus.publish(frameOf(4, FRAME))))._tag, "BusFull")
      const subscription = yield* bus.subscribe(NAME)
      assert.deepStrictEqual(
        (yield* subscription.take(ALL)).map(({ spans }) => spans),
        [2, 3]
      )
    })
  )
})
