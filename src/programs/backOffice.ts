/** The worker behind main.ts: the spool, the exporter and the trace store that empty it, and the control plane. */
import { flushCompileCache } from "node:module"
import { join } from "node:path"
import { parentPort } from "node:worker_threads"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { otlpTraceSinks } from "../layers/otlp/OtlpTraceSinks.ts"
import * as SqliteDeadLetters from "../layers/sqlite/SqliteDeadLetters.ts"
import * as SqliteTraceBus from "../layers/sqlite/SqliteTraceBus.ts"
import * as SqliteTraceStore from "../layers/sqlite/traces/SqliteTraceStore.ts"
import { detectResource } from "../layers/system/detectResource.ts"
import { yieldToRequests } from "../layers/system/yieldToRequests.ts"
import { BackOfficePort } from "../layers/worker/BackOfficePort.ts"
import { BackOfficeStart } from "../layers/worker/BackOfficeStart.ts"
import type { BackOfficeOptions, ControlOptions, Reply } from "../layers/worker/protocol.ts"
import { WorkerConfigSyncLayer } from "../layers/worker/WorkerConfigSync.ts"
import { Exporter } from "../services/export/Exporter.ts"
import { exportMetrics } from "../services/export/exportMetrics.ts"
import { Metrics } from "../services/metrics/Metrics.ts"
import { MetricsPage } from "../services/metrics/MetricsPage.ts"
import { ingestMetrics } from "../services/store/ingestMetrics.ts"
import { TraceIngest } from "../services/store/TraceIngest.ts"
import * as TraceRetention from "../services/store/TraceRetention.ts"
import { FrameSink } from "../services/trace/FrameSink.ts"
import type { DetectedResource } from "../services/trace/resource.ts"
import { runProgram } from "./runProgram.ts"

/** What one stop may take to empty the spool; the rest is delivered after the next start. */
const FLUSH = "5 seconds"

const metrics = Effect.gen(function* () {
  const { statuses } = yield* Exporter
  const ingest = yield* Effect.serviceOption(TraceIngest)
  return Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const stored = Option.isSome(ingest) ? ingestMetrics(yield* ingest.value.status, now) : ""
    return exportMetrics(yield* statuses, now) + stored
  })
})

/** Traces into the product's own storage, for the control plane. */
const ingest = ({ data }: ControlOptions) =>
  Layer.merge(TraceIngest.layer, TraceRetention.layer).pipe(
    Layer.provide(SqliteTraceStore.layer({ file: join(data, "traces.db") }))
  )

const backOffice = ({ control, directory }: BackOfficeOptions, detected: DetectedResource) =>
  BackOfficePort.layerNoDeps.pipe(
    Layer.provide(FrameSink.fromBus),
    Layer.provideMerge(MetricsPage.layerWith(metrics)),
    Layer.provide(Metrics.layer),
    Layer.provideMerge(Exporter.layer),
    Layer.provideMerge(control === undefined ? Layer.empty : ingest(control)),
    Layer.provideMerge(otlpTraceSinks(detected)),
    // In this order: the bus holds the directory's lock before anybody touches another of its files.
    Layer.provide(SqliteDeadLetters.layer({ directory })),
    Layer.provide(SqliteTraceBus.layer({ directory })),
    Layer.provideMerge(WorkerConfigSyncLayer)
  )

/** Loaded when requests are served already: nobody waits for the dashboard. */
const controlPlane = (control: ControlOptions, detected: DetectedResource) =>
  Effect.flatMap(
    Effect.promise(() => import("./embeddedControl.ts")),
    ({ embeddedControl }) => embeddedControl(control, detected)
  )

const serve = ({ control }: BackOfficeOptions, detected: DetectedResource) =>
  Effect.gen(function* () {
    const port = yield* BackOfficePort
    const exporter = yield* Exporter
    if (control !== undefined) yield* Effect.forkChild(controlPlane(control, detected))
    // Once the destinations have loaded what they need; a thread that is killed keeps nothing for the next start.
    yield* Effect.forkChild(Effect.delay(Effect.sync(flushCompileCache), "5 seconds"))
    yield* port.stopped
    for (const { destination, spans } of yield* exporter.flush(FLUSH)) {
      yield* Effect.logInfo("Spans stay in the spool until the next start", { destination, spans })
    }
  })

runProgram(
  Effect.gen(function* () {
    yield* yieldToRequests
    const options = yield* BackOfficeStart
    const detected = yield* detectResource
    return yield* Effect.provide(serve(options, detected), backOffice(options, detected))
  }).pipe(
    Effect.provide(BackOfficeStart.layer),
    // The gateway's thread says it, once.
    Effect.catch((error) =>
      Effect.sync(() => parentPort?.postMessage({ type: "failed", reason: error.message } satisfies Reply))
    )
  )
)
