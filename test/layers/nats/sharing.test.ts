import { rmSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { durableName } from "../../../src/layers/nats/consumerNames.ts"
import { NatsLink } from "../../../src/layers/nats/NatsLink.ts"
import * as NatsTraceBus from "../../../src/layers/nats/NatsTraceBus.ts"
import { STREAM } from "../../../src/layers/nats/traceStream.ts"
import { TraceBus } from "../../../src/services/trace/TraceBus.ts"
import { delivered } from "../../contracts/disposition.ts"
import { assertBalanced, frameOf } from "../../contracts/traceBus.ts"
import { linkTo, streamSettings } from "./links.ts"
import { natsServer } from "./server.ts"
import { until } from "./until.ts"

/** An exporter's bus, as in a process of its own. */
const instance = Effect.fnUntraced(function* (url: string, more = {}) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const layer = NatsTraceBus.layer(streamSettings(more)).pipe(Layer.provideMerge(linkTo(url)))
  const context = yield* Layer.buildWithScope(Layer.fresh(layer), scope)
  yield* Context.get(context, NatsLink).whenUp
  const bus = Context.get(context, TraceBus)
  return {
    bus,
    /** Ends with the instance. */
    subscribe: (consumer: string) => Scope.provide(bus.subscribe(consumer), scope),
    link: Context.get(context, NatsLink),
    stop: Scope.close(scope, Exit.void)
  }
})

const ALL = 1_000_000

describe("instances that share a consumer", () => {
  it.live("each get some of the frames, none both, and keep one account", () =>
    Effect.gen(function* () {
      const { url } = yield* natsServer()
      const [a, b] = [yield* instance(url), yield* instance(url)]
      const one = yield* a.subscribe("destination:x")
      const other = yield* b.subscribe("destination:x")
      for (let spans = 1; spans <= 4; spans++) yield* a.bus.publish(frameOf(spans))
      const first = yield* one.take(ALL)
      for (let spans = 5; spans <= 8; spans++) yield* a.bus.publish(frameOf(spans))
      const second = yield* other.take(ALL)
      assert.deepStrictEqual(
        [first, second].map((frames) => frames.map(({ spans }) => spans)),
        [
          [1, 2, 3, 4],
          [5, 6, 7, 8]
        ]
      )
      yield* Effect.all(
        [
          one.acknowledge(first.at(-1)?.sequence ?? 0, delivered(10)),
          other.acknowledge(second.at(-1)?.sequence ?? 0, { ...delivered(20), rejected: 6 })
        ],
        { concurrency: 2 }
      )
      for (const subscription of [one, other]) {
        const ledger = yield* subscription.ledger
        assertBalanced(ledger)
        assert.deepStrictEqual([ledger.captured, ledger.delivered, ledger.rejected, ledger.queued], [36, 30, 6, 0])
      }
    })
  )

  it.live("take over at once what one that stops has in hand", () =>
    Effect.gen(function* () {
      const { url } = yield* natsServer()
      const [a, b] = [yield* instance(url), yield* instance(url)]
      const one = yield* a.subscribe("destination:x")
      const other = yield* b.subscribe("destination:x")
      yield* a.bus.publish(frameOf(3))
      yield* one.take(ALL)
      yield* a.stop
      const [frame] = yield* other.take(ALL)
      assert.strictEqual(frame?.spans, 3)
    })
  )

  it.live("do not lose a consumer to one that has an older configuration; the last to leave removes it", () =>
    Effect.gen(function* () {
      const { url } = yield* natsServer()
      const [a, b] = [yield* instance(url), yield* instance(url)]
      const one = yield* a.subscribe("destination:x")
      const taking = yield* Effect.forkChild(one.take(ALL))
      const info = b.link.use(async (connection) =>
        (await connection.jetstreamManager()).consumers.info(STREAM, durableName("destination:x"))
      )
      yield* until(Effect.map(info, ({ num_waiting }) => num_waiting > 0))
      assert.strictEqual((yield* Effect.flip(b.bus.unsubscribe("destination:x")))._tag, "BusUnavailable")
      yield* b.bus.publish(frameOf(4))
      const [frame] = yield* Fiber.join(taking)
      assert.strictEqual(frame?.spans, 4)
      yield* one.acknowledge(frame?.sequence ?? 0, delivered(4))
      yield* a.bus.unsubscribe("destination:x")
      assert.deepStrictEqual(yield* b.bus.consumers, [])
    })
  )

  it.live("make the consumer at the same place when they come at the same time", () =>
    Effect.gen(function* () {
      const { url } = yield* natsServer()
      const instances = yield* Effect.all([instance(url), instance(url), instance(url)])
      yield* instances[0].bus.publish(frameOf(1))
      const subscriptions = yield* Effect.forEach(instances, ({ subscribe }) => subscribe("destination:x"), {
        concurrency: 3
      })
      yield* instances[0].bus.publish(frameOf(2))
      for (const { ledger } of subscriptions) assert.strictEqual((yield* ledger).captured, 2)
    })
  )
})

describe("the stream", () => {
  it.live("keeps nothing that every consumer has settled, and a frame counted once is not counted again", () =>
    Effect.gen(function* () {
      const server = yield* natsServer()
      const { bus, link, subscribe } = yield* instance(server.url)
      const subscription = yield* subscribe("destination:x")
      const messages = link.use(
        async (connection) => (await (await connection.jetstreamManager()).streams.info(STREAM)).state.messages
      )
      for (let spans = 1; spans <= 5; spans++) yield* bus.publish(frameOf(spans))
      const frames = yield* subscription.take(ALL)
      yield* subscription.acknowledge(frames.at(-1)?.sequence ?? 0, delivered(15))
      yield* until(Effect.map(messages, (count) => count === 0))
      assert.strictEqual((yield* subscription.ledger).captured, 15)
    })
  )

  it.live("that lets a frame go for its age has it stand as expired, once nothing else is outstanding", () =>
    Effect.gen(function* () {
      const { url } = yield* natsServer()
      const { bus, link, subscribe } = yield* instance(url)
      const subscription = yield* subscribe("destination:x")
      yield* bus.publish(frameOf(7))
      yield* subscription.ledger
      // What age does, without the wait.
      yield* link.use(async (connection) => (await connection.jetstreamManager()).streams.purge(STREAM))
      const ledger = yield* subscription.ledger
      assert.deepStrictEqual([ledger.captured, ledger.queued, ledger.dropped], [7, 0, { expired: 7 }])
    })
  )
})

describe("a server that comes back with an empty disk", () => {
  it.live("ends the subscription, and the next one has everything that was published since", () =>
    Effect.gen(function* () {
      const server = yield* natsServer()
      const { bus, subscribe } = yield* instance(server.url)
      const scope = yield* Scope.fork(yield* Effect.scope)
      const subscription = yield* Scope.provide(bus.subscribe("destination:x"), scope)
      for (let spans = 1; spans <= 3; spans++) yield* bus.publish(frameOf(spans))
      yield* subscription.take(ALL)
      yield* server.kill
      rmSync(join(server.directory, "store"), { recursive: true })
      yield* server.start
      yield* until(Effect.isSuccess(bus.publish(frameOf(7))))
      yield* Effect.flip(subscription.take(ALL))
      yield* Scope.close(scope, Exit.void)
      yield* bus.publish(frameOf(8))
      const again = yield* subscribe("destination:x")
      assert.deepStrictEqual(
        (yield* again.take(ALL)).map(({ spans }) => spans),
        [7, 8]
      )
      assert.strictEqual((yield* again.ledger).queued, 15)
    })
  )
})
