import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { compile } from "../../src/services/config/compile.ts"
import * as TraceRetention from "../../src/services/store/TraceRetention.ts"
import { TraceStore } from "../../src/services/store/TraceStore.ts"
import { sample } from "../contracts/storedTraces.ts"
import { configSyncLayer } from "../layers/jose/FakeConfigSync.ts"
import { call } from "./kit/call.ts"
import { controlPlane } from "./kit/controlPlane.ts"

const HOUR = 3_600_000
const MAX_BYTES = 1024 * 1024
const STORED = 2000
const BATCH = 50

/** Words that no compression knows, so that a trace has its size. */
const said = (index: number) =>
  Array.from({ length: 40 }, (_, word) =>
    (((index + 1) * 2_654_435_761 + word * 40_503_477) % 2 ** 32).toString(36)
  ).join(" ")

const limited = TraceRetention.layer.pipe(
  Layer.provide(
    configSyncLayer({
      ...Result.getOrThrow(compile({}, { revision: "1" })),
      traceRetention: { maxAgeDays: 1, maxGiB: MAX_BYTES / 1024 ** 3 }
    })
  )
)

layer(controlPlane(), { excludeTestServices: true })("a store that is full", (it) => {
  it.effect("loses its oldest traces while new ones come, and no chart loses a request", () =>
    Effect.gen(function* () {
      const store = yield* TraceStore
      const start = Date.now() - HOUR
      const traces = Array.from({ length: STORED + 20 * BATCH }, (_, index) =>
        sample(index, { start: start + index * 1000 }, said(index))
      )
      const [before, during] = [traces.slice(0, STORED), traces.slice(STORED)]
      yield* store.append(before, "before")
      const sizeOf = Effect.map(call("GET", "/api/status"), ({ json }) => json.traceStore)
      assert.isAbove((yield* sizeOf).bytes, 2 * MAX_BYTES)

      const storing = yield* Effect.forEach(Array.from({ length: 20 }).keys(), (batch) =>
        store
          .append(during.slice(batch * BATCH, (batch + 1) * BATCH), `during ${batch}`)
          .pipe(Effect.andThen(Effect.yieldNow))
      ).pipe(Effect.forkChild)
      // Once between the batches, and as if a minute later.
      const begun = sizeOf.pipe(Effect.repeat({ until: ({ oldest }) => oldest > start }))
      yield* begun.pipe(Effect.andThen(Fiber.join(storing)), Effect.provide(limited, { local: true }))
      const tidied = sizeOf.pipe(Effect.repeat({ until: ({ bytes }) => bytes <= MAX_BYTES }))
      yield* tidied.pipe(Effect.provide(limited, { local: true }))

      const { oldest, traces: left } = yield* sizeOf
      assert.isAbove(left, 0)
      // The newest, without a gap.
      assert.strictEqual(oldest, traces.at(-left)?.summary.start)
      const status = (traceId: string | undefined) =>
        Effect.map(call("GET", `/api/traces/${traceId}`), ({ status }) => status)
      assert.strictEqual(yield* status(traces.at(-left)?.summary.traceId), 200)
      assert.strictEqual(yield* status(traces.at(-left - 1)?.summary.traceId), 404)
      const page = yield* call("GET", "/api/traces?limit=500")
      assert.strictEqual(page.json.traces.length, Math.min(left, 500))

      const time = `from=${start - HOUR}&to=${start + 4 * HOUR}`
      for (const groupBy of ["model", "provider", "subject", "result"]) {
        const top = yield* call("GET", `/api/charts/top?${time}&groupBy=${groupBy}`)
        assert.strictEqual(top.json[0].requests, traces.length, groupBy)
      }
      const series = yield* call("GET", `/api/charts/series?${time}&stepMs=60000`)
      const points: ReadonlyArray<{ readonly requests: number }> = series.json.lines[0].points
      assert.strictEqual(
        points.reduce((sum, { requests }) => sum + requests, 0),
        traces.length
      )
    })
  )
})
