import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { StoreUnavailable } from "../../../src/services/store/StoreUnavailable.ts"
import { TraceStore } from "../../../src/services/store/TraceStore.ts"
import type { StoredTrace } from "../../../src/services/store/TraceSummary.ts"

/** A store of which a test decides what it takes. */
export class FakeTraceStore extends Context.Service<FakeTraceStore, Fake>()("test/FakeTraceStore") {
  static readonly layer: Layer.Layer<FakeTraceStore | TraceStore> = Layer.effectContext(
    Effect.sync(() => {
      const fake = new Fake()
      const store = {
        append: (traces: Iterable<StoredTrace>, batch: string) =>
          Effect.andThen(
            Effect.suspend(() => Effect.sleep(fake.takes)),
            Effect.suspend(() => (fake.append([...traces], batch) ? Effect.void : Effect.fail(unavailable)))
          ),
        batchTraces: 2,
        get: () => Stream.empty,
        page: () => Effect.succeed({ traces: [], partial: false }),
        series: () => Effect.succeed({ stepMs: 60_000, lines: [] }),
        top: () => Effect.succeed([]),
        retain: () => Effect.succeed(0),
        size: Effect.succeed({ traces: 0, bytes: 0 })
      }
      return Context.make(FakeTraceStore, fake).pipe(Context.add(TraceStore, store))
    })
  )
}

const unavailable = new StoreUnavailable({ store: "traces", cause: new Error("away") })

class Fake {
  appends = 0
  /** For a batch. */
  takes: Duration.Input = 0
  refuses: (traces: ReadonlyArray<StoredTrace>) => boolean = () => false
  readonly #traces = new Map<string, StoredTrace>()

  /** In the order in which they were first stored, but for ties sorted. */
  spanIds(): ReadonlyArray<string> {
    return [...this.#traces.keys()].sort()
  }

  append(traces: ReadonlyArray<StoredTrace>, _batch: string): boolean {
    this.appends += 1
    if (this.refuses(traces)) return false
    for (const trace of traces) this.#traces.set(trace.summary.spanId, trace)
    return true
  }
}
