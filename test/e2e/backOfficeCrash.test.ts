import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { FakeMiddleware } from "../../src/layers/fake/FakeMiddleware.ts"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { configuration, configure, destination } from "./kit/configuration.ts"
import { load } from "./kit/Load.ts"
import { metricsOf } from "./kit/metrics.ts"
import { serving } from "./kit/Program.ts"
import { temporaryDirectory } from "./kit/temporaryDirectory.ts"
import { assertRepeatsAgree, untilTraces } from "./kit/traces.ts"
import { world } from "./kit/world.ts"

it.live("a back office that crashes is started again: no request notices, and no trace is lost", () =>
  Effect.gen(function* () {
    const provider = yield* FakeProvider
    const middleware = yield* FakeMiddleware
    const directory = yield* temporaryDirectory
    configure(directory, configuration({ provider: provider.origin, destinations: [destination(middleware)] }))
    const gateway = yield* serving({
      directory,
      entry: new URL("./programs/gateway.ts", import.meta.url),
      env: { E2E_BACK_OFFICE: "./crashingBackOffice.ts" }
    })
    const { broken, completed, stop } = yield* load({ url: gateway.url, rate: 100, concurrency: 50 })
    yield* gateway.says(/(The back office stopped; starting it again[\s\S]*){3}/)
    yield* stop
    assert.strictEqual(broken(), 0)
    assert.isTrue(completed.every(({ status }) => status === 200))
    yield* untilTraces(completed.map(({ traceId }) => traceId))
    for (const { stream, traceId } of completed) {
      assert.strictEqual((yield* middleware.untilTrace(traceId, stream ? 5 : 4)).length, stream ? 5 : 4)
    }
    assertRepeatsAgree(middleware.payloads())
    assert.strictEqual(readFileSync(join(directory, "data", "deaths")).length, 3)
    const { sum } = yield* metricsOf(gateway.url)
    assert.strictEqual(sum("spangate_publisher_dropped_spans_total"), 0)
    assert.strictEqual(
      sum("spangate_publisher_captured_spans_total"),
      completed.reduce((spans, { stream }) => spans + (stream ? 5 : 4), 0)
    )
    gateway.signal("SIGTERM")
    assert.deepStrictEqual(yield* gateway.ended, { code: 0, signal: null })
    assert.strictEqual(gateway.stderr(), "")
  }).pipe(Effect.provide(world))
)
