import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { FakeMiddleware } from "../../src/layers/fake/FakeMiddleware.ts"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { ask, get } from "../e2e/kit/ask.ts"
import { configuration, configure, destination } from "../e2e/kit/configuration.ts"
import { load } from "../e2e/kit/Load.ts"
import { metricsOf } from "../e2e/kit/metrics.ts"
import { world } from "../e2e/kit/world.ts"
import { assertDelivered, spansOf, untilSettled } from "../nats-e2e/kit/account.ts"
import { apiAt, headOf } from "./kit/api.ts"
import { rowsOf } from "./kit/clickHouseRows.ts"
import { secrets } from "./kit/document.ts"
import { clickHouse, clickHouseUrl, installation } from "./kit/installation.ts"
import { controlUrlOf } from "./kit/listening.ts"
import { spangateAt } from "./kit/spangate.ts"
import { until } from "./kit/until.ts"

const RATE = 50

/** Seconds. A store that comes back is tried within half a minute. */
const PATIENCE = 45

/** What the control plane says of the store's own place in the bus. */
const storeOf = (controlUrl: string) =>
  Effect.map(metricsOf(controlUrl), ({ sum }) => ({
    captured: sum("spangate_store_spans_total", { outcome: "captured" }),
    stored: sum("spangate_store_spans_total", { outcome: "stored" }),
    dropped: sum("spangate_store_spans_total", { outcome: "dropped" }),
    queued: sum("spangate_store_queue_spans"),
    waiting: sum("spangate_store_waiting")
  }))

const isStored = (spans: number) => (store: Effect.Success<ReturnType<typeof storeOf>>) => store.stored >= spans

describe("what is away", () => {
  it.live(
    "the trace store, then the destination: neither is the other's trouble, and each gets everything once",
    () =>
      Effect.gen(function* () {
        const provider = yield* FakeProvider
        const middleware = yield* FakeMiddleware
        const engine = yield* clickHouse
        const traces = engine.url()
        const { directory, fleet } = yield* installation({ SPANGATE_CLICKHOUSE_URL: clickHouseUrl(traces) })
        configure(directory, configuration({ provider: provider.origin, destinations: [destination(middleware)] }))
        const [control, gateway, exporter] = yield* fleet.all([
          ["control-plane", "c1"],
          ["gateway", "g1"],
          ["exporter", "e1"]
        ])
        const { broken, completed, stop, untilCompleted } = yield* load({
          url: gateway.url,
          rate: RATE,
          concurrency: RATE
        })
        const soFar = () => spansOf(completed)
        yield* untilCompleted(RATE)
        yield* until("both take traces", storeOf(control.url), isStored(soFar()))

        yield* Effect.promise(() => engine.kill())
        const storeGone = soFar()
        yield* until("the store is missed", storeOf(control.url), ({ waiting }) => waiting === 1)
        yield* untilCompleted(completed.length + RATE)
        const duringStoreGone = soFar()
        yield* until(
          "the destination has what the store has not",
          metricsOf(exporter.url),
          ({ ledger }) => ledger("middleware").delivered >= duringStoreGone
        )
        const waits = yield* storeOf(control.url)
        assert.isAbove(duringStoreGone - storeGone, 0)
        assert.isAtLeast(waits.queued, duringStoreGone - storeGone)
        assert.isBelow(waits.stored, duringStoreGone)
        assert.strictEqual(yield* Effect.map(get(`${control.url}/health/ready`), ({ status }) => status), 200)
        assert.strictEqual((yield* apiAt(control.url, secrets.admin).get("/api/traces")).status, 503)
        const status = yield* spangateAt(control.url, secrets.admin).run("status")
        assert.strictEqual(status.code, 1)
        assert.match(status.stdout, /^Trace store: cannot be reached; \d+ spans .* on the way to it/m)
        assert.include(status.stderr, "the trace store does not take traces, they wait in the bus\n")
        yield* Effect.promise(() => engine.restart())
        yield* until("the store has caught up", storeOf(control.url), isStored(duringStoreGone), PATIENCE)

        middleware.always({ status: 503 })
        const destinationGone = soFar()
        yield* untilCompleted(completed.length + RATE)
        const duringDestinationGone = soFar()
        yield* until(
          "the store has what the destination has not",
          storeOf(control.url),
          isStored(duringDestinationGone),
          PATIENCE
        )
        const { ledger } = yield* metricsOf(exporter.url)
        assert.isAtLeast(ledger("middleware").queued, (duringDestinationGone - destinationGone) / 2)
        middleware.always({})
        yield* stop

        assert.strictEqual(broken(), 0)
        assert.isTrue(completed.every(({ status }) => status === 200))
        const spans = soFar()
        assert.strictEqual((yield* untilSettled(exporter.url, spans)).delivered, spans)
        yield* assertDelivered(completed)
        yield* until("everything stored", storeOf(control.url), isStored(spans), PATIENCE)
        assert.deepStrictEqual(yield* storeOf(control.url), {
          captured: spans,
          stored: spans,
          dropped: 0,
          queued: 0,
          waiting: 0
        })
        const rows = yield* rowsOf(
          traces,
          "SELECT trace_id AS id, count() AS times FROM traces FINAL GROUP BY trace_id"
        )
        assert.sameMembers(
          rows.map(({ id, times }) => `${id} ${times}`),
          completed.map(({ traceId }) => `${traceId} 1`)
        )
      }).pipe(Effect.provide(world)),
    150_000
  )

  it.live(
    "PostgreSQL: gateways serve, the API answers 503, and goes on when it is back",
    () =>
      Effect.gen(function* () {
        const provider = yield* FakeProvider
        const { directory, fleet, postgres } = yield* installation()
        configure(directory, configuration({ provider: provider.origin, destinations: [] }))
        const [control, gateway] = yield* fleet.all([
          ["control-plane", "c1"],
          ["gateway", "g1"]
        ])
        const api = apiAt(control.url, secrets.admin)
        const team = { base: yield* headOf(api), body: { name: "ml", models: ["openai/*"] } }
        yield* postgres.kill
        const answers = [
          yield* api.get("/api/config"),
          yield* api.put("/api/config/team/ml", team),
          yield* api.get("/api/status")
        ]
        for (const { body, status } of answers) {
          assert.strictEqual(status, 503)
          assert.strictEqual(body.detail, "the database of configuration cannot be reached now")
        }
        assert.strictEqual((yield* ask(gateway.url)).status, 200)
        const traceId = (yield* ask(gateway.url)).traceId
        yield* until("the trace stored", api.get(`/api/traces/${traceId}`), ({ status }) => status === 200)

        yield* postgres.start
        yield* until("the API", api.put("/api/config/team/ml", team), ({ status }) => status === 200)
        assert.strictEqual(yield* headOf(api), team.base + 1)
        assert.strictEqual(control.stderr(), "")

        yield* postgres.kill
        control.signal("SIGTERM")
        assert.deepStrictEqual(yield* control.ended, { code: 0, signal: null })
        const early = yield* fleet.launch("control-plane", "c1")
        yield* early.says(/the database of configuration cannot be reached, and is waited for/)
        yield* postgres.start
        assert.strictEqual(yield* headOf(apiAt(yield* controlUrlOf(early), secrets.admin)), team.base + 1)
      }).pipe(Effect.provide(world)),
    120_000
  )
})
