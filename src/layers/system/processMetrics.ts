import { monitorEventLoopDelay } from "node:perf_hooks"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Metrics } from "../../services/metrics/Metrics.ts"

/** Milliseconds between two looks at the event loop. */
const RESOLUTION = 10

const NANOSECONDS_PER_MILLISECOND = 1e6

/**
 * What any Node process says of itself, under the names that dashboards know. Memory is of the whole process, all else
 * of the thread that serves; the loop's lag is since it was last asked for.
 */
export const layer: Layer.Layer<never, never, Metrics> = Layer.effectDiscard(
  Effect.gen(function* () {
    const registry = yield* Metrics
    const delay = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const histogram = monitorEventLoopDelay({ resolution: RESOLUTION })
        histogram.enable()
        return histogram
      }),
      (histogram) => Effect.sync(() => histogram.disable())
    )

    registry.observed("gauge", "process_resident_memory_bytes", "Resident memory.", [], () => [
      [[], process.memoryUsage.rss()]
    ])
    registry.observed("gauge", "nodejs_heap_size_used_bytes", "JavaScript heap in use.", [], () => [
      [[], process.memoryUsage().heapUsed]
    ])
    registry.observed("gauge", "nodejs_active_resources", "What keeps the event loop alive.", ["type"], () =>
      [...Map.groupBy(process.getActiveResourcesInfo(), (type) => type)].map(
        ([type, all]) => [[type], all.length] as const
      )
    )
    registry.observed(
      "gauge",
      "nodejs_eventloop_lag_p99_seconds",
      "What the event loop comes late by, 99th percentile.",
      [],
      () => {
        // It has nothing before the first look, and what it measures includes the time between two looks.
        const late = delay.count === 0 ? 0 : delay.percentile(99) / NANOSECONDS_PER_MILLISECOND - RESOLUTION
        delay.reset()
        return [[[], Math.max(0, late) / 1000]]
      }
    )
  })
)
