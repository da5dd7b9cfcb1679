import { createServer } from "node:net"
import { setTimeout } from "node:timers/promises"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as processMetrics from "../../../src/layers/system/processMetrics.ts"
import { Metrics } from "../../../src/services/metrics/Metrics.ts"
import { parseExposition } from "../../services/metrics/parseExposition.ts"

const read = Effect.map(Metrics, (registry) => {
  const samples = parseExposition(registry.render()).flatMap((metric) => metric.samples)
  return (name: string, type?: string) =>
    samples
      .filter((sample) => sample.name === name && (type === undefined || sample.labels["type"] === type))
      .reduce((sum, { value }) => sum + value, 0)
})

/** Keeps the loop from turning. */
const block = (milliseconds: number) => {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

describe("processMetrics", () => {
  it.live("tells memory, open resources and the loop's lag", () =>
    Effect.gen(function* () {
      const mib = 1024 * 1024
      const idle = yield* read
      assert.isAbove(idle("process_resident_memory_bytes"), idle("nodejs_heap_size_used_bytes"))
      assert.isAbove(idle("nodejs_heap_size_used_bytes"), mib)

      const server = createServer()
      yield* Effect.acquireRelease(
        Effect.callback<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
        () => Effect.sync(() => server.close())
      )
      // The histogram looks at the loop by a timer: it must have turned before and after.
      yield* Effect.promise(() => setTimeout(30))
      block(80)
      yield* Effect.promise(() => setTimeout(30))

      const busy = yield* read
      const servers = (metrics: typeof busy) => metrics("nodejs_active_resources", "TCPServerWrap")
      assert.strictEqual(servers(busy), servers(idle) + 1)
      assert.isAtLeast(busy("nodejs_eventloop_lag_p99_seconds"), 0.06)
      assert.isBelow(busy("nodejs_eventloop_lag_p99_seconds"), 5)

      const again = yield* read
      assert.strictEqual(again("nodejs_eventloop_lag_p99_seconds"), 0, "each reading starts anew")
    }).pipe(Effect.provide(Layer.provideMerge(processMetrics.layer, Metrics.layer)))
  )
})
