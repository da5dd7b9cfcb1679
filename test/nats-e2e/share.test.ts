import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { FakeMiddleware } from "../../src/layers/fake/FakeMiddleware.ts"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { configuration, configure, destination } from "../e2e/kit/configuration.ts"
import { load } from "../e2e/kit/Load.ts"
import { metricsOf } from "../e2e/kit/metrics.ts"
import { temporaryDirectory } from "../e2e/kit/temporaryDirectory.ts"
import { world } from "../e2e/kit/world.ts"
import { natsServer } from "../layers/nats/server.ts"
import { assertDelivered, spansOf, untilSettled } from "./kit/account.ts"
import { LONG, makeFleet } from "./kit/fleet.ts"

/** Of both gateways together. */
const REQUESTS = LONG ? 20_000 : 2000
const RATE = 400

it.live(
  "two gateways and two exporters on one NATS: every trace arrives, once after dedupe by span id",
  () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const middleware = yield* FakeMiddleware
      const directory = yield* temporaryDirectory
      configure(directory, configuration({ provider: provider.origin, destinations: [destination(middleware)] }))
      const fleet = makeFleet({ directory, servers: [yield* natsServer()] })
      const [e1, e2, g1, g2, control] = yield* fleet.all([
        ["exporter", "e1"],
        ["exporter", "e2"],
        ["gateway", "g1"],
        ["gateway", "g2"],
        ["control-plane", "control"]
      ])
      const loads = yield* Effect.forEach([g1, g2], ({ url }) => load({ url, rate: RATE, concurrency: 200 }))
      for (const { untilCompleted } of loads) yield* untilCompleted(REQUESTS / 2)
      for (const { stop } of loads) yield* stop
      const completed = loads.flatMap((each) => each.completed)
      assert.isAtLeast(completed.length, REQUESTS)
      assert.isTrue(completed.every(({ status }) => status === 200))
      for (const { broken } of loads) assert.strictEqual(broken(), 0)

      const spans = spansOf(completed)
      const ledger = yield* untilSettled(e1.url, spans)
      assert.deepStrictEqual(ledger, {
        captured: spans,
        delivered: spans,
        rejected: 0,
        deadLettered: 0,
        dropped: 0,
        queued: 0
      })
      yield* assertDelivered(completed)
      assert.strictEqual(middleware.stats().held, spans)
      // Both did some of the work.
      for (const { url } of [e1, e2]) {
        assert.isAbove((yield* metricsOf(url)).sum("spangate_export_batches_total"), 0)
      }
      for (const program of [g1, g2, e1, e2, control]) {
        program.signal("SIGTERM")
        assert.deepStrictEqual(yield* program.ended, { code: 0, signal: null })
        assert.strictEqual(program.stderr(), "")
      }
    }).pipe(Effect.provide(world)),
  120_000
)
