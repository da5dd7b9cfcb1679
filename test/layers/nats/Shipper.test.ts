import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as NatsTraceBus from "../../../src/layers/nats/NatsTraceBus.ts"
import { Shipper } from "../../../src/layers/nats/Shipper.ts"
import * as SqliteTraceBus from "../../../src/layers/sqlite/SqliteTraceBus.ts"
import { Metrics } from "../../../src/services/metrics/Metrics.ts"
import {
  BusFull,
  type Frame,
  type StoredFrame,
  type Subscription,
  TraceBus
} from "../../../src/services/trace/TraceBus.ts"
import { temporaryDirectory } from "../sqlite/temporaryDirectory.ts"
import { linkTo, streamSettings } from "./links.ts"
import { type NatsServer, natsServer } from "./server.ts"
import { until } from "./until.ts"

const settings = streamSettings()

const frame = (number: number, size = 1000): Frame => {
  const bytes = new Uint8Array(size)
  new DataView(bytes.buffer).setUint32(0, number)
  return { bytes, events: 1, spans: 2 }
}
const numberOf = ({ bytes }: StoredFrame) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)

const shipping = (server: NatsServer, directory: string, maxBytes = 1_000_000) =>
  Shipper.layer(settings, directory).pipe(
    Layer.provide(SqliteTraceBus.layer({ directory, maxBytes })),
    Layer.provideMerge(linkTo(server.url))
  )

/** A consumer at the other end. */
const consumer: (server: NatsServer) => Effect.Effect<Subscription, unknown, Scope.Scope> = Effect.fnUntraced(
  function* (server) {
    const scope = yield* Effect.scope
    const layer = NatsTraceBus.layer(settings).pipe(Layer.provide(linkTo(server.url)))
    const bus = Context.get(yield* Layer.buildWithScope(Layer.fresh(layer), scope), TraceBus)
    return yield* until(Effect.isSuccess(bus.consumers)).pipe(Effect.andThen(bus.subscribe("destination:a")))
  }
)

const takeAll = Effect.fnUntraced(function* (subscription: Subscription, count: number) {
  const numbers: Array<number> = []
  while (numbers.length < count) numbers.push(...(yield* subscription.take(10_000_000)).map(numberOf))
  return numbers
})

const metric = (name: string) =>
  Effect.map(Metrics, (registry) => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(registry.render())?.[1]))

describe("Shipper", () => {
  it.live("ships straight while NATS is there, through the spool in order while it is not, and straight again", () =>
    Effect.gen(function* () {
      const server = yield* natsServer()
      const subscription = yield* consumer(server)
      yield* Effect.gen(function* () {
        const { publish } = yield* Shipper
        yield* until(Effect.map(metric("spangate_nats_connected"), (up) => up === 1))
        for (let n = 1; n <= 5; n++) yield* publish(frame(n))
        assert.strictEqual(yield* metric("spangate_shipper_spooled_spans_total"), 0)
        yield* server.kill
        for (let n = 6; n <= 60; n++) yield* publish(frame(n))
        assert.strictEqual(yield* metric("spangate_shipper_spool_spans"), 110)
        assert.strictEqual(yield* metric("spangate_shipper_spooling"), 1)
        yield* server.start
        yield* until(Effect.map(metric("spangate_shipper_spooling"), (spooling) => spooling === 0))
        yield* publish(frame(61))
        assert.strictEqual(yield* metric("spangate_shipper_spooled_spans_total"), 110)
        assert.deepStrictEqual(
          yield* takeAll(subscription, 61),
          Array.from({ length: 61 }, (_, index) => index + 1)
        )
      }).pipe(Effect.provide(shipping(server, yield* temporaryDirectory), { local: true }))
    })
  )

  it.live("stores what a frozen server had taken and not confirmed only once", () =>
    Effect.gen(function* () {
      const server = yield* natsServer()
      const subscription = yield* consumer(server)
      yield* Effect.gen(function* () {
        const { flush, publish } = yield* Shipper
        yield* until(Effect.map(metric("spangate_nats_connected"), (up) => up === 1))
        yield* publish(frame(1))
        server.signal("SIGSTOP")
        yield* Effect.forEach([2, 3, 4, 5, 6, 7, 8], (n) => publish(frame(n)), { concurrency: 4 })
        server.signal("SIGCONT")
        assert.strictEqual(yield* flush("20 seconds"), 0)
        yield* publish(frame(9))
        const numbers = yield* takeAll(subscription, 9)
        assert.deepStrictEqual(
          numbers.sort((a, b) => a - b),
          [1, 2, 3, 4, 5, 6, 7, 8, 9]
        )
        assert.strictEqual((yield* subscription.ledger).captured, 18)
      }).pipe(Effect.provide(shipping(server, yield* temporaryDirectory), { local: true }))
    })
  )

  it.live("refuses the newest past the spool's bound, and tells every consumer of the loss once", () =>
    Effect.gen(function* () {
      const server = yield* natsServer()
      const subscription = yield* consumer(server)
      const directory = yield* temporaryDirectory
      yield* server.kill
      yield* Effect.gen(function* () {
        const { publish, recordLoss } = yield* Shipper
        for (let n = 1; n <= 10; n++) yield* publish(frame(n))
        assert.isTrue((yield* Effect.flip(publish(frame(11)))) instanceof BusFull)
        yield* recordLoss(2, "spool_full")
      }).pipe(Effect.provide(shipping(server, directory, 10_000), { local: true }))
      yield* server.start
      // Twice: what was told is remembered.
      for (const more of [0, 3]) {
        yield* Effect.gen(function* () {
          const { flush, recordLoss } = yield* Shipper
          if (more > 0) yield* recordLoss(more, "queue_full")
          assert.strictEqual(yield* flush("20 seconds"), 0)
          const wanted = more > 0 ? { spool_full: 2, queue_full: 3 } : { spool_full: 2 }
          yield* until(
            subscription.ledger.pipe(
              Effect.map(
                ({ captured, dropped }) => JSON.stringify(dropped) === JSON.stringify(wanted) && captured === 22 + more
              ),
              // The consumer's own connection comes back when it does.
              Effect.orElseSucceed(() => false)
            )
          )
        }).pipe(Effect.provide(shipping(server, directory, 10_000), { local: true }))
      }
      assert.deepStrictEqual(yield* takeAll(subscription, 10), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    })
  )
})
