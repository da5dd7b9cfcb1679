import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { FakeMiddleware } from "../../src/layers/fake/FakeMiddleware.ts"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { configuration, configure, destination } from "../e2e/kit/configuration.ts"
import { type Completed, load, percentile } from "../e2e/kit/Load.ts"
import { metricsOf } from "../e2e/kit/metrics.ts"
import { temporaryDirectory } from "../e2e/kit/temporaryDirectory.ts"
import { world } from "../e2e/kit/world.ts"
import { type NatsServer, natsServer } from "../layers/nats/server.ts"
import { assertDelivered, spansOf, untilSettled } from "./kit/account.ts"
import { LONG, makeFleet } from "./kit/fleet.ts"

const RATE = LONG ? 500 : 200
/** Requests before and after an outage. */
const CALM = (LONG ? 20 : 2) * RATE

/** Wide, for a machine that runs other tests beside; the long variant is for one that does not. */
const assertUnchanged = (before: ReadonlyArray<Completed>, during: ReadonlyArray<Completed>, what: string) => {
  const [p50, p99] = [50, 99].map((p) => [percentile(before, p), percentile(during, p)] as const)
  if (LONG) console.log(what, { requests: [before.length, during.length], p50, p99 })
  assert.isBelow(p50![1], LONG ? 1.5 * p50![0] + 1 : 3 * p50![0] + 10)
  if (LONG) assert.isBelow(p99![1], 1.5 * p99![0] + 10)
}

const installation = Effect.fnUntraced(function* (env: { readonly [name: string]: string } = {}) {
  const provider = yield* FakeProvider
  const middleware = yield* FakeMiddleware
  const directory = yield* temporaryDirectory
  configure(directory, configuration({ provider: provider.origin, destinations: [destination(middleware)] }))
  const server = yield* natsServer()
  const fleet = makeFleet({ directory, servers: [server], env })
  const [exporter, gateway] = yield* fleet.all([
    ["exporter", "e1"],
    ["gateway", "g1"],
    ["control-plane", "control"]
  ])
  return { exporter, gateway, middleware, server }
})

/** Load all the time; NATS is taken away for some seconds and brought back. */
const outage = Effect.fnUntraced(function* (
  what: string,
  seconds: number,
  take: (server: NatsServer) => Effect.Effect<void>,
  bring: (server: NatsServer) => Effect.Effect<void>
) {
  const { exporter, gateway, server } = yield* installation()
  const { broken, completed, stop, untilCompleted } = yield* load({ url: gateway.url, rate: RATE, concurrency: RATE })
  yield* untilCompleted(CALM)
  const gone = performance.now()
  yield* take(server)
  // Time is what is tested here: how the gateway does while it passes.
  yield* Effect.sleep(`${seconds} seconds`)
  const spooled = (yield* metricsOf(gateway.url)).sum("spangate_shipper_spool_spans")
  const back = performance.now()
  yield* bring(server)
  yield* untilCompleted(completed.length + CALM / 2)
  yield* stop

  assert.strictEqual(broken(), 0)
  assert.isTrue(completed.every(({ status }) => status === 200))
  assert.isAbove(spooled, 0)
  assertUnchanged(
    completed.filter(({ end, start }) => end < gone && start > (completed[CALM / 2]?.start ?? 0)),
    completed.filter(({ end, start }) => start > gone && end < back),
    what
  )
  const spans = spansOf(completed)
  const ledger = yield* untilSettled(exporter.url, spans)
  assert.deepStrictEqual(ledger, {
    captured: spans,
    delivered: spans,
    rejected: 0,
    deadLettered: 0,
    dropped: 0,
    queued: 0
  })
  yield* assertDelivered(completed)
  const now = yield* metricsOf(gateway.url)
  assert.strictEqual(now.sum("spangate_shipper_spool_spans"), 0)
  assert.strictEqual(now.sum("spangate_shipper_spooling"), 0)
})

// Beside each other, but where the figures count: most of their time is an outage's.
const group = LONG ? describe : describe.concurrent

group("NATS under load", () => {
  const frozen = LONG ? 30 : 4
  it.live(
    `frozen for ${frozen} seconds: requests do not notice, nothing is lost or counted twice`,
    () =>
      outage(
        "frozen",
        frozen,
        (server) => Effect.sync(() => server.signal("SIGSTOP")),
        (server) => Effect.sync(() => server.signal("SIGCONT"))
      ).pipe(Effect.provide(world)),
    240_000
  )

  const down = LONG ? 60 : 4
  it.live(
    `down for ${down} seconds: requests do not notice, nothing is lost or counted twice`,
    () =>
      outage(
        "down",
        down,
        (server) => server.kill,
        (server) => server.start
      ).pipe(Effect.provide(world)),
    240_000
  )

  it.live(
    "stream full and spool full: requests do not notice, the newest is dropped and counted, and the ledger balances",
    () =>
      Effect.gen(function* () {
        const { exporter, gateway, middleware } = yield* installation({
          SPANGATE_NATS_MAX_MIB: "1",
          SPANGATE_SPOOL_MAX_MIB: "1"
        })
        const { broken, completed, stop, untilCompleted } = yield* load({
          url: gateway.url,
          rate: RATE * 2,
          concurrency: RATE * 2
        })
        yield* untilCompleted(CALM)
        middleware.always({ status: 503 })
        const began = performance.now()
        const drops = (reason: string) =>
          Effect.map(metricsOf(gateway.url), ({ sum }) => sum("spangate_publisher_dropped_spans_total", { reason }))
        yield* Effect.repeat(drops("spool_full"), { schedule: Schedule.spaced("100 millis"), until: (n) => n > 0 })
        const full = performance.now()
        yield* untilCompleted(completed.length + CALM)
        const freed = performance.now()
        middleware.always({})
        yield* untilCompleted(completed.length + RATE)
        yield* stop

        assert.strictEqual(broken(), 0)
        assert.isTrue(completed.every(({ status }) => status === 200))
        assertUnchanged(
          completed.filter(({ end, start }) => end < began && start > (completed[CALM / 2]?.start ?? 0)),
          completed.filter(({ end, start }) => start > full && end < freed),
          "full"
        )
        const spans = spansOf(completed)
        const ledger = yield* untilSettled(exporter.url, spans)
        const dropped = yield* drops("spool_full")
        assert.isAbove(dropped, 0)
        assert.strictEqual((yield* metricsOf(gateway.url)).sum("spangate_publisher_dropped_spans_total"), dropped)
        assert.deepStrictEqual(ledger, {
          captured: spans,
          delivered: spans - dropped,
          rejected: 0,
          deadLettered: 0,
          dropped,
          queued: 0
        })
        assert.strictEqual(middleware.stats().held, spans - dropped)
      }).pipe(Effect.provide(world)),
    180_000
  )
})
