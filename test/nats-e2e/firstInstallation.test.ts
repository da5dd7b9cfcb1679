import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { FakeMiddleware } from "../../src/layers/fake/FakeMiddleware.ts"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { attributeText } from "../../src/layers/fake/middleware/HeldTraces.ts"
import * as NatsFleet from "../../src/layers/nats/NatsFleet.ts"
import { Fleet } from "../../src/services/export/Fleet.ts"
import { configuration, configure, destination } from "../e2e/kit/configuration.ts"
import { load } from "../e2e/kit/Load.ts"
import { metricsOf } from "../e2e/kit/metrics.ts"
import { temporaryDirectory } from "../e2e/kit/temporaryDirectory.ts"
import { world } from "../e2e/kit/world.ts"
import { linkTo, masterKey, streamSettings } from "../layers/nats/links.ts"
import { natsServer } from "../layers/nats/server.ts"
import { assertDelivered, spansOf, untilSettled } from "./kit/account.ts"
import { MASTER_KEY, makeFleet } from "./kit/fleet.ts"

const untilShipped = (gateway: string, spans: number) =>
  Effect.repeat(
    Effect.map(metricsOf(gateway), ({ sum }) => sum("spangate_shipper_shipped_spans_total")),
    { schedule: Schedule.spaced("50 millis"), until: (shipped) => shipped >= spans }
  )

it.live(
  "what gateways serve before the first exporter ever runs is counted and delivered, also for a destination that is new",
  () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const middleware = yield* FakeMiddleware
      const directory = yield* temporaryDirectory
      const write = (...destinations: ReadonlyArray<string>) =>
        configure(directory, configuration({ provider: provider.origin, destinations }))
      write(destination(middleware))
      const server = yield* natsServer()
      const fleet = makeFleet({ directory, servers: [server] })
      const [gateway] = yield* fleet.all([
        ["gateway", "g1"],
        ["control-plane", "control"]
      ])
      const first = yield* load({ url: gateway.url, rate: 200, concurrency: 50 })
      yield* first.untilCompleted(200)
      yield* first.stop
      yield* untilShipped(gateway.url, spansOf(first.completed))

      // Another destination, while there is still nobody to deliver to either.
      const before = yield* revision(gateway.url)
      write(destination(middleware), destination(middleware, "", "second"))
      yield* Effect.repeat(revision(gateway.url), {
        schedule: Schedule.spaced("20 millis"),
        until: (now) => now !== before
      })
      const second = yield* load({ url: gateway.url, rate: 200, concurrency: 50 })
      yield* second.untilCompleted(100)
      yield* second.stop
      const [old, late] = [spansOf(first.completed), spansOf(second.completed)]
      yield* untilShipped(gateway.url, old + late)

      const exporter = yield* fleet.run("exporter", "e1")
      const settled = (spans: number) => ({
        captured: spans,
        delivered: spans,
        rejected: 0,
        deadLettered: 0,
        dropped: 0,
        queued: 0
      })
      assert.deepStrictEqual(yield* untilSettled(exporter.url, old + late), settled(old + late))
      yield* assertDelivered([...first.completed, ...second.completed])
      const other = yield* Effect.repeat(
        Effect.map(metricsOf(exporter.url), ({ ledger }) => ledger("second")),
        { schedule: Schedule.spaced("50 millis"), until: ({ captured, queued }) => captured > 0 && queued === 0 }
      )
      assert.deepStrictEqual(other, settled(late))

      // Each trace says which gateway served it, not which exporter sent it; the control plane hears both.
      const members = yield* whoRuns(server.url, ["exporter", "gateway"])
      const servedBy = members.find(({ role }) => role === "gateway")?.instance
      const held = [...first.completed, ...second.completed].flatMap(({ traceId }) => middleware.trace(traceId))
      assert.deepStrictEqual(
        new Set(held.map(({ resource }) => attributeText(resource.attributes, "service.instance.id"))),
        new Set([servedBy])
      )
    }).pipe(Effect.provide(world)),
  60_000
)

const whoRuns = (url: string, roles: ReadonlyArray<string>) =>
  Effect.flatMap(Fleet, ({ members }) =>
    Effect.repeat(members, {
      schedule: Schedule.spaced("50 millis"),
      until: (all) => all.map(({ role }) => role).join() === roles.join()
    })
  ).pipe(
    Effect.provide(
      NatsFleet.layer(streamSettings()).pipe(Layer.provide(linkTo(url)), Layer.provide(masterKey(MASTER_KEY))),
      { local: true }
    )
  )

const revision = (url: string) =>
  Effect.map(
    Effect.promise(() => fetch(`${url}/health/ready`).then((answer) => answer.text())),
    (text) => /^configuration (\S+) from NATS$/m.exec(text)?.[1]
  )
