import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { FakeMiddleware } from "../../src/layers/fake/FakeMiddleware.ts"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { ask } from "./kit/ask.ts"
import { configuration, configure, destination } from "./kit/configuration.ts"
import { assertBalanced, type MetricsNow, metricsOf } from "./kit/metrics.ts"
import { type Gateway, serving } from "./kit/Program.ts"
import { temporaryDirectory } from "./kit/temporaryDirectory.ts"
import { conformantSpans, untilTraces } from "./kit/traces.ts"
import { world } from "./kit/world.ts"

const SPANS = 4
const WRONG_KEY = "canary-wrong-key"

const until = (gateway: Gateway, holds: (metrics: MetricsNow) => boolean) =>
  Effect.repeat(metricsOf(gateway.url), { schedule: Schedule.spaced("50 millis"), until: holds })

const isSettled = ({ ledger, sum }: MetricsNow) =>
  sum("spangate_publisher_queue_events") === 0 && ledger("middleware").queued === 0

const asking = (gateway: Gateway, count: number) =>
  Effect.forEach(Array.from({ length: count }), () => ask(gateway.url), { concurrency: 5 })

it.live("a wrong key: nothing is lost, it is said once and loudly, and the right key delivers everything", () =>
  Effect.gen(function* () {
    const provider = yield* FakeProvider
    const middleware = yield* FakeMiddleware
    const directory = yield* temporaryDirectory
    const withKey = (key: string) =>
      configure(
        directory,
        configuration({ provider: provider.origin, destinations: [destination({ ...middleware, key })] })
      )
    withKey(WRONG_KEY)
    const first = yield* serving({ directory })
    const refused = [...(yield* asking(first, 1))]
    yield* until(first, ({ sum }) => sum("spangate_export_paused", { destination: "middleware" }) === 1)
    refused.push(...(yield* asking(first, 20)))
    assert.isTrue(refused.every(({ status }) => status === 200))

    const paused = yield* until(first, ({ ledger }) => ledger("middleware").queued === 21 * SPANS)
    assertBalanced(paused.ledger("middleware"))
    assert.strictEqual(paused.sum("spangate_export_health", { destination: "middleware", state: "unauthorized" }), 1)
    assert.strictEqual(paused.sum("spangate_dead_letters"), 0)
    assert.strictEqual(middleware.stats().requests, 1, "one request was enough to find out")
    const loud = first
      .stdout()
      .split("\n")
      .filter((line) => line.includes("destination refuses its key"))
    assert.strictEqual(loud.length, 1)
    assert.match(loud[0] ?? "", /"ERROR"/i)
    assert.notInclude(first.stdout(), WRONG_KEY)

    // The stop does not wait for a key that nobody brings, and the next start has everything still.
    first.signal("SIGTERM")
    assert.deepStrictEqual(yield* first.ended, { code: 0, signal: null })
    assert.match(first.stdout(), /Spans stay in the spool until the next start/)
    const second = yield* serving({ directory })
    yield* until(second, ({ sum }) => sum("spangate_export_paused") === 1)
    assert.strictEqual((yield* metricsOf(second.url)).ledger("middleware").queued, 21 * SPANS)

    withKey(middleware.key)
    yield* second.says(/Configuration \w+ is in force/)
    const all = [...refused, ...(yield* asking(second, 5))]
    yield* untilTraces(all.map(({ traceId }) => traceId))
    const end = yield* until(second, isSettled)
    assert.deepStrictEqual(end.ledger("middleware"), {
      captured: all.length * SPANS,
      delivered: all.length * SPANS,
      rejected: 0,
      deadLettered: 0,
      dropped: 0,
      queued: 0
    })
    assert.strictEqual(end.sum("spangate_export_paused"), 0)
    assert.strictEqual(end.sum("spangate_export_health", { state: "healthy" }), 1)
    assert.strictEqual((yield* conformantSpans).length, all.length * SPANS)
    assert.strictEqual(first.stderr() + second.stderr(), "")
  }).pipe(Effect.provide(world))
)
