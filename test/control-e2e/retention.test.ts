import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import * as SqliteTraceStore from "../../src/layers/sqlite/traces/SqliteTraceStore.ts"
import { TraceStore } from "../../src/services/store/TraceStore.ts"
import { sample } from "../contracts/storedTraces.ts"
import { configuration, configure } from "../e2e/kit/configuration.ts"
import { load } from "../e2e/kit/Load.ts"
import { serving } from "../e2e/kit/Program.ts"
import { temporaryDirectory } from "../e2e/kit/temporaryDirectory.ts"
import { world } from "../e2e/kit/world.ts"
import { apiAt } from "./kit/api.ts"
import { secrets } from "./kit/document.ts"
import { controlUrlOf } from "./kit/listening.ts"
import { until } from "./kit/until.ts"

const HOUR = 3_600_000
const OLD = 3000
const YOUNG = 40

/** Traces a second apart, the first so many hours old. */
const aged = (hours: number, from: number, count: number) =>
  Array.from({ length: count }, (_, index) => sample(from + index, { start: Date.now() - hours * HOUR + index * 1000 }))

it.live("traces go when they are as old as the file says, also while others come; charts keep them", () =>
  Effect.gen(function* () {
    const provider = yield* FakeProvider
    const directory = yield* temporaryDirectory
    const days = (maxAgeDays: number) =>
      configuration({ provider: provider.origin, destinations: [], more: `traces: { maxAgeDays: ${maxAgeDays} }` })
    const [old, young] = [aged(72, 0, OLD), aged(30, OLD, YOUNG)]
    yield* Effect.gen(function* () {
      const store = yield* TraceStore
      yield* store.append(old, "old")
      yield* store.append(young, "young")
    }).pipe(Effect.provide(SqliteTraceStore.layer({ file: join(directory, "data", "traces.db") }), { local: true }))

    const begin = Effect.fnUntraced(function* (maxAgeDays: number) {
      configure(directory, days(maxAgeDays))
      const program = yield* serving({ directory, env: { SPANGATE_ADMIN_TOKEN: secrets.admin } })
      return { program, api: apiAt(yield* controlUrlOf(program), secrets.admin) }
    })
    const { api, program } = yield* begin(2)
    const traffic = yield* load({ url: program.url, rate: 100, concurrency: 20 })
    yield* traffic.untilCompleted(100)
    yield* traffic.stop
    const asked = traffic.completed.length
    assert.strictEqual(traffic.broken(), 0)
    const left = (count: number, of = api) =>
      until(`${count} traces`, of.get("/api/status"), ({ body }) => body?.traceStore?.traces === count)
    yield* left(YOUNG + asked)

    const statusOf = (traceId: string | undefined, of = api) =>
      Effect.map(of.get(`/api/traces/${traceId}`), ({ status }) => status)
    assert.strictEqual(yield* statusOf(old[0]?.summary.traceId), 404)
    assert.strictEqual(yield* statusOf(old.at(-1)?.summary.traceId), 404)
    for (const { summary } of young) assert.strictEqual(yield* statusOf(summary.traceId), 200)
    for (const { traceId } of traffic.completed.slice(-20)) assert.strictEqual(yield* statusOf(traceId), 200)

    const now = Date.now()
    const time = `from=${now - 96 * HOUR}&to=${now + HOUR}`
    const total = (of: typeof api, more: string) =>
      Effect.map(of.get(`/api/charts/series?${time}&stepMs=${HOUR}${more}`), ({ body }) =>
        body.lines.reduce((sum: number, line: { total: { requests: number } }) => sum + line.total.requests, 0)
      )
    const assertCharts = Effect.fnUntraced(function* (of: typeof api) {
      for (const more of ["", "&groupBy=model", "&groupBy=subject", "&groupBy=result"]) {
        assert.strictEqual(yield* total(of, more), OLD + YOUNG + asked, more)
      }
      // Of traces that are gone subjects are told apart by the hour alone, and none of them is missing.
      const { body: minutes } = yield* of.get(
        `/api/charts/series?from=${now - 74 * HOUR}&to=${now - 70 * HOUR}&stepMs=60000&subject=user:alice`
      )
      assert.strictEqual(minutes.lines[0].total.requests, OLD)
      const { body: top } = yield* of.get(`/api/charts/top?${time}&groupBy=model`)
      const counts = top.map(({ group, requests }: { group: string; requests: number }) => [group, requests])
      assert.deepInclude(counts, ["openai-main/gpt-4o-mini", OLD + YOUNG])
    })
    yield* assertCharts(api)

    program.signal("SIGTERM")
    yield* program.ended
    const again = yield* begin(1)
    yield* left(asked, again.api)
    assert.strictEqual(yield* statusOf(young[0]?.summary.traceId, again.api), 404)
    assert.strictEqual(yield* statusOf(traffic.completed[0]?.traceId, again.api), 200)
    yield* assertCharts(again.api)
  }).pipe(Effect.provide(world))
)
