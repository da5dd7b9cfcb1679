import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { beat } from "../../../src/layers/nats/heartbeats.ts"
import * as NatsFleet from "../../../src/layers/nats/NatsFleet.ts"
import { NatsLink } from "../../../src/layers/nats/NatsLink.ts"
import * as NatsTraceBus from "../../../src/layers/nats/NatsTraceBus.ts"
import type { CompiledConfig } from "../../../src/services/config/CompiledConfig.ts"
import { ConfigSync } from "../../../src/services/config/ConfigSync.ts"
import type { DestinationStatus } from "../../../src/services/export/DestinationStatus.ts"
import { Fleet, type Member } from "../../../src/services/export/Fleet.ts"
import { TraceBus } from "../../../src/services/trace/TraceBus.ts"
import { delivered } from "../../contracts/disposition.ts"
import { assertBalanced, frameOf } from "../../contracts/traceBus.ts"
import { linkTo, masterKey, streamSettings } from "./links.ts"
import { natsServer } from "./server.ts"

const KEY = "a-master-key-of-32-characters-or-more"
const OTHER = "another-master-key-of-32-characters-or-more"

const status = (name: string, more: Partial<DestinationStatus> = {}): DestinationStatus => ({
  name,
  health: { state: "healthy", since: 1 },
  paused: false,
  retries: 1,
  batches: 2,
  probes: 0,
  maxBatchBytes: 1000,
  latency: { bounds: [1], counts: [1, 2], sum: 3 },
  ...more
})

const configAt = (revision: string) => {
  // A heartbeat reads nothing else of it.
  const config = { revision } as unknown as CompiledConfig
  return Layer.succeed(ConfigSync, { current: () => config, changes: Stream.make(config), refused: () => 0 })
}

/** Waits on the wall's clock: messages take their time, whatever clock the test has. */
const eventually = <A>(effect: Effect.Effect<A>, holds: (value: A) => boolean): Effect.Effect<A> =>
  Effect.flatMap(effect, (value) =>
    holds(value)
      ? Effect.succeed(value)
      : Effect.andThen(
          Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 10))),
          eventually(effect, holds)
        )
  )

/** A control plane, and programs that it hears. */
const installation = Effect.gen(function* () {
  const { url } = yield* natsServer()
  const link = yield* Layer.build(linkTo(url))
  const { whenUp } = Context.get(link, NatsLink)
  yield* whenUp
  const fleet = yield* Layer.build(
    NatsFleet.layer(streamSettings()).pipe(Layer.provide(masterKey(KEY)), Layer.provide(Layer.succeedContext(link)))
  )
  const start = (
    instance: string,
    role: Member["role"],
    statuses: ReadonlyArray<DestinationStatus> = [],
    phrases = KEY
  ) =>
    beat({ instance, role, host: "h", version: "1" }, Effect.succeed(statuses)).pipe(
      Effect.provide([Layer.succeedContext(link), masterKey(phrases), configAt(`r-${instance}`)], { local: true }),
      Effect.forkChild
    )
  const bus = yield* Layer.build(NatsTraceBus.layer(streamSettings()).pipe(Layer.provide(Layer.succeedContext(link))))
  return { fleet: Context.get(fleet, Fleet), start, bus: Context.get(bus, TraceBus) }
})

const names = ({ members }: Fleet["Service"]) =>
  Effect.map(members, (all) => all.map(({ instance, revision, role }) => `${role} ${instance} ${revision}`).join())

describe("the fleet over NATS", () => {
  it.effect("is who was heard within ten seconds, and whoever has the key", () =>
    Effect.gen(function* () {
      const { fleet, start } = yield* installation
      const stranger = yield* start("stranger", "gateway", [], OTHER)
      const gateway = yield* start("g1", "gateway")
      yield* start("e1", "exporter")
      const both = "exporter e1 r-e1,gateway g1 r-g1"
      // The server may not know yet that somebody listens.
      yield* eventually(Effect.andThen(TestClock.adjust("2 seconds"), names(fleet)), (now) => now === both)
      yield* Fiber.interrupt(gateway)
      for (let seconds = 0; seconds < 8; seconds += 2) yield* TestClock.adjust("2 seconds")
      yield* eventually(names(fleet), (now) => now === both)
      for (let seconds = 0; seconds < 4; seconds += 2) {
        yield* TestClock.adjust("2 seconds")
        yield* eventually(fleet.members, (all) => all.some(({ role }) => role === "exporter"))
      }
      yield* eventually(names(fleet), (now) => now === "exporter e1 r-e1")
      yield* Fiber.interrupt(stranger)
    })
  )

  it.effect("counts a destination once over all exporters, with the worst of its health", () =>
    Effect.gen(function* () {
      const { bus, fleet, start } = yield* installation
      const subscription = yield* bus.subscribe("destination:x")
      yield* bus.publish(frameOf(2))
      yield* bus.publish(frameOf(3))
      const [first] = yield* subscription.take(1)
      yield* subscription.acknowledge(first?.sequence ?? 0, delivered(2))
      yield* start("e1", "exporter", [status("x")])
      yield* start("e2", "exporter", [
        status("x", { health: { state: "refusing", since: 5 }, maxBatchBytes: 500, paused: true })
      ])
      const [x] = yield* eventually(
        Effect.andThen(TestClock.adjust("2 seconds"), fleet.destinations),
        ([found]) => found?.batches === 4
      )
      assert.isDefined(x?.ledger)
      assertBalanced(x.ledger)
      const { captured, queued } = x.ledger
      assert.deepStrictEqual([captured, x.ledger.delivered, queued], [5, 2, 3])
      assert.deepStrictEqual(
        { state: x.health.state, paused: x.paused, retries: x.retries, maxBatchBytes: x.maxBatchBytes },
        { state: "refusing", paused: true, retries: 2, maxBatchBytes: 500 }
      )
      assert.deepStrictEqual(x.latency, { bounds: [1], counts: [2, 4], sum: 6 })
    })
  )

  it.effect("shows the queue of a destination while no exporter runs", () =>
    Effect.gen(function* () {
      const { bus, fleet } = yield* installation
      yield* Effect.scoped(bus.subscribe("destination:x"))
      yield* bus.subscribe("store")
      yield* bus.publish(frameOf(7))
      const [x, ...others] = yield* fleet.destinations
      assert.strictEqual(others.length, 0)
      assert.deepStrictEqual(
        [x?.name, x?.ledger?.queued, x?.health.state, x?.health.lastError?.reason],
        ["x", 7, "retrying", "no_exporter"]
      )
      assert.isDefined(x?.ledger?.oldestAt)
    })
  )
})
