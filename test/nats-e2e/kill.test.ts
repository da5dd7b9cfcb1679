import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { FakeMiddleware } from "../../src/layers/fake/FakeMiddleware.ts"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { NatsLink } from "../../src/layers/nats/NatsLink.ts"
import { STREAM } from "../../src/layers/nats/traceStream.ts"
import { configuration, configure, destination } from "../e2e/kit/configuration.ts"
import { type Completed, load } from "../e2e/kit/Load.ts"
import { metricsOf } from "../e2e/kit/metrics.ts"
import { temporaryDirectory } from "../e2e/kit/temporaryDirectory.ts"
import { world } from "../e2e/kit/world.ts"
import { linkTo } from "../layers/nats/links.ts"
import { natsCluster, natsServer } from "../layers/nats/server.ts"
import { assertDelivered, spansOf, untilSettled } from "./kit/account.ts"
import { LONG, makeFleet } from "./kit/fleet.ts"

const RATE = 200
/** Requests between two blows. */
const STEP = LONG ? 2000 : 200

/** Waits until the gateway says that all its spans are stored. */
const untilPublished = (url: string, completed: ReadonlyArray<Completed>) =>
  Effect.repeat(metricsOf(url), {
    schedule: Schedule.spaced("50 millis"),
    until: ({ sum }) => sum("spangate_publisher_published_spans_total") >= spansOf(completed)
  })

// Beside each other: most of their time is waiting for a server to notice.
describe.concurrent("kill -9 under load", () => {
  it.live(
    "kill -9 of an exporter, a gateway and NATS, in turn under load: all captured is delivered, no request failed",
    () =>
      Effect.gen(function* () {
        const provider = yield* FakeProvider
        const middleware = yield* FakeMiddleware
        const directory = yield* temporaryDirectory
        configure(directory, configuration({ provider: provider.origin, destinations: [destination(middleware)] }))
        const server = yield* natsServer()
        const fleet = makeFleet({ directory, servers: [server] })
        const [e1, e2, g1, g2] = yield* fleet.all([
          ["exporter", "e1"],
          ["exporter", "e2"],
          ["gateway", "g1"],
          ["gateway", "g2"],
          ["control-plane", "control"]
        ])
        const main = yield* load({ url: g1.url, rate: RATE, concurrency: 200 })
        const other = yield* load({ url: g2.url, rate: RATE, concurrency: 200 })
        yield* main.untilCompleted(STEP)

        e2.signal("SIGKILL")
        yield* e2.ended
        yield* main.untilCompleted(2 * STEP)
        yield* fleet.run("exporter", "e2")

        yield* other.stop
        yield* untilPublished(g2.url, other.completed)
        g2.signal("SIGKILL")
        yield* g2.ended
        yield* main.untilCompleted(3 * STEP)
        const again = yield* fleet.run("gateway", "g2")
        const third = yield* load({ url: again.url, rate: RATE, concurrency: 200 })
        yield* main.untilCompleted(4 * STEP)

        yield* server.kill
        yield* main.untilCompleted(5 * STEP)
        yield* server.start
        yield* main.untilCompleted(6 * STEP)

        yield* main.stop
        yield* third.stop
        const all = [main, other, third]
        const completed = all.flatMap((each) => each.completed)
        for (const { broken } of all) assert.strictEqual(broken(), 0)
        assert.isTrue(completed.every(({ status }) => status === 200))
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
      }).pipe(Effect.provide(world)),
    180_000
  )

  it.live(
    "kill -9 of the stream's leader among three: all captured is delivered, no request failed",
    () =>
      Effect.gen(function* () {
        const provider = yield* FakeProvider
        const middleware = yield* FakeMiddleware
        const directory = yield* temporaryDirectory
        configure(directory, configuration({ provider: provider.origin, destinations: [destination(middleware)] }))
        const servers = yield* natsCluster()
        const fleet = makeFleet({ directory, servers })
        const [exporter, gateway] = yield* fleet.all([
          ["exporter", "e1"],
          ["gateway", "g1"],
          ["control-plane", "control"]
        ])
        const { broken, completed, stop, untilCompleted } = yield* load({
          url: gateway.url,
          rate: RATE,
          concurrency: 200
        })
        yield* untilCompleted(STEP)

        const leader = yield* Effect.flatMap(NatsLink, (link) =>
          Effect.andThen(
            link.whenUp,
            link.use(
              async (connection) => (await (await connection.jetstreamManager()).streams.info(STREAM)).cluster?.leader
            )
          )
        ).pipe(Effect.provide(linkTo(servers.map(({ url }) => url).join(","))))
        const dying = servers.find(({ name }) => name === leader)
        assert.isDefined(dying)
        yield* dying.kill
        yield* untilCompleted(STEP * 4)
        yield* stop

        assert.strictEqual(broken(), 0)
        assert.isTrue(completed.every(({ status }) => status === 200))
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
      }).pipe(Effect.provide(world)),
    180_000
  )
})
