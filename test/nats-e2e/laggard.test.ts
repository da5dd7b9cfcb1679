import { assert, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { FakeMiddleware } from "../../src/layers/fake/FakeMiddleware.ts"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { configuration, configure, destination } from "../e2e/kit/configuration.ts"
import { load } from "../e2e/kit/Load.ts"
import { metricsOf } from "../e2e/kit/metrics.ts"
import { temporaryDirectory } from "../e2e/kit/temporaryDirectory.ts"
import { world } from "../e2e/kit/world.ts"
import { natsServer } from "../layers/nats/server.ts"
import { assertDelivered, spansOf, untilSettled } from "./kit/account.ts"
import { makeFleet } from "./kit/fleet.ts"

const RATE = 200

it.live(
  "one of two destinations hangs until the stream is full, and an exporter is killed: the other gets everything, both ledgers are exact",
  () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const middleware = yield* FakeMiddleware
      const other = Context.get(yield* Layer.build(Layer.fresh(FakeMiddleware.layer())), FakeMiddleware)
      const directory = yield* temporaryDirectory
      configure(
        directory,
        configuration({
          provider: provider.origin,
          destinations: [destination(middleware), destination(other, "", "other")]
        })
      )
      const fleet = makeFleet({
        directory,
        servers: [yield* natsServer({ maxPayload: 1024 ** 2 })],
        // Of which one is kept free, for some seconds of this load.
        env: { SPANGATE_NATS_MAX_MIB: "4" }
      })
      const [e1, e2, gateway, control] = yield* fleet.all([
        ["exporter", "e1"],
        ["exporter", "e2"],
        ["gateway", "g1"],
        ["control-plane", "control"]
      ])
      other.always({ hang: true })
      const { broken, completed, stop, untilCompleted } = yield* load({
        url: gateway.url,
        rate: RATE,
        concurrency: RATE
      })
      const lost = Effect.map(metricsOf(e1.url), ({ sum }) =>
        sum("spangate_export_dropped_spans_total", { destination: "other", reason: "destination_behind" })
      )
      const untilLost = (spans: number) =>
        Effect.repeat(lost, { schedule: Schedule.spaced("100 millis"), until: (now) => now > spans })
      yield* untilLost(0)
      e2.signal("SIGKILL")
      yield* e2.ended
      yield* untilLost((yield* lost) + 4 * RATE)
      other.always({})
      yield* untilCompleted(completed.length + RATE)
      yield* stop

      assert.strictEqual(broken(), 0)
      assert.isTrue(completed.every(({ status }) => status === 200))
      const spans = spansOf(completed)
      assert.deepStrictEqual(yield* untilSettled(e1.url, spans), {
        captured: spans,
        delivered: spans,
        rejected: 0,
        deadLettered: 0,
        dropped: 0,
        queued: 0
      })
      yield* assertDelivered(completed)
      // No publication was refused, and none had to wait for a place.
      const { sum } = yield* metricsOf(gateway.url)
      assert.strictEqual(sum("spangate_shipper_failed_publications_total"), 0)
      assert.strictEqual(sum("spangate_shipper_spooled_spans_total"), 0)

      const behind = yield* untilSettled(e1.url, spans, "other")
      assert.deepStrictEqual(behind, {
        captured: spans,
        delivered: spans - behind.dropped,
        rejected: 0,
        deadLettered: 0,
        dropped: yield* lost,
        queued: 0
      })
      assert.isAtLeast(other.stats().held, behind.delivered)
      const unstored = (yield* metricsOf(control.url)).sum("spangate_store_spans_total", { outcome: "dropped" })
      assert.strictEqual(unstored, 0)
    }).pipe(Effect.provide(world)),
  180_000
)
