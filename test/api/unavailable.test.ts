import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { StoreUnavailable } from "../../src/services/store/StoreUnavailable.ts"
import { TraceStore } from "../../src/services/store/TraceStore.ts"
import { call } from "./kit/call.ts"
import { controlPlane } from "./kit/controlPlane.ts"

const away = Effect.fail(
  new StoreUnavailable({ store: "traces", cause: new Error("connect postgres://user:canary@db:5432") })
)

const traces = Layer.succeed(TraceStore, {
  append: () => away,
  get: () => Stream.fromEffect(away),
  page: () => away,
  series: () => away,
  top: () => away,
  retain: () => away,
  size: away
})

layer(controlPlane({ traces }), { excludeTestServices: true })("while the store of traces is away", (it) => {
  it.effect("what needs it answers 503 and says no more than that", () =>
    Effect.gen(function* () {
      for (const path of [
        "/api/traces",
        `/api/traces/${"a".repeat(32)}`,
        "/api/charts/series?from=0&to=60000&stepMs=60000",
        "/api/charts/top?from=0&to=60000&groupBy=model"
      ]) {
        const answer = yield* call("GET", path)
        assert.deepStrictEqual([answer.status, answer.json.type], [503, "urn:spangate:problem:unavailable"], path)
        assert.notInclude(answer.text, "canary")
      }
    })
  )

  it.effect("and the rest goes on", () =>
    Effect.gen(function* () {
      const status = yield* call("GET", "/api/status")
      assert.deepStrictEqual([status.status, "traceStore" in status.json], [200, false], status.text)
      assert.strictEqual((yield* call("GET", "/api/config")).status, 200)
    })
  )
})
