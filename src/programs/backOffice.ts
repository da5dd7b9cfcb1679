/** The worker behind main.ts: the spool, and the exporter that empties it. */
import { flushCompileCache } from "node:module"
import { parentPort } from "node:worker_threads"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { otlpTraceSinks } from "../layers/otlp/OtlpTraceSinks.ts"
import * as SqliteDeadLetters from "../layers/sqlite/SqliteDeadLetters.ts"
import * as SqliteTraceBus from "../layers/sqlite/SqliteTraceBus.ts"
import { detectResource } from "../layers/system/detectResource.ts"
import { BackOfficePort } from "../layers/worker/BackOfficePort.ts"
import { BackOfficeStart } from "../layers/worker/BackOfficeStart.ts"
import type { Reply } from "../layers/worker/protocol.ts"
import { WorkerConfigSyncLayer } from "../layers/worker/WorkerConfigSync.ts"
import { Exporter } from "../services/export/Exporter.ts"
import { exportMetrics } from "../services/export/exportMetrics.ts"
import { Metrics } from "../services/metrics/Metrics.ts"
import { MetricsPage } from "../services/metrics/MetricsPage.ts"
import { FrameSink } from "../services/trace/FrameSink.ts"
import { runProgram } from "./runProgram.ts"

/** What one stop may take to empty the spool; the rest is delivered after the next start. */
const FLUSH = "5 seconds"

const exporterMetrics = Effect.map(Exporter, ({ statuses }) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => Effect.map(statuses, (all) => exportMetrics(all, now)))
)

const backOffice = (directory: string) =>
  BackOfficePort.layerNoDeps.pipe(
    Layer.provide(FrameSink.fromBus),
    Layer.provide(MetricsPage.layerWith(exporterMetrics)),
    Layer.provide(Metrics.layer),
    Layer.provideMerge(Exporter.layer),
    Layer.provide(Layer.unwrap(Effect.map(detectResource, otlpTraceSinks))),
    // In this order: the bus holds the directory's lock before anybody touches another of its files.
    Layer.provide(SqliteDeadLetters.layer({ directory })),
    Layer.provide(SqliteTraceBus.layer({ directory })),
    Layer.provide(WorkerConfigSyncLayer)
  )

const serve = Effect.gen(function* () {
  const port = yield* BackOfficePort
  const exporter = yield* Exporter
  // Once the destinations have loaded what they need; a thread that is killed keeps nothing for the next start.
  yield* Effect.forkChild(Effect.delay(Effect.sync(flushCompileCache), "5 seconds"))
  yield* port.stopped
  for (const { destination, spans } of yield* exporter.flush(FLUSH)) {
    yield* Effect.logInfo("Spans stay in the spool until the next start", { destination, spans })
  }
})

runProgram(
  Effect.flatMap(BackOfficeStart, ({ directory }) => Effect.provide(serve, backOffice(directory))).pipe(
    Effect.provide(BackOfficeStart.layer),
    // The gateway's thread says it, once.
    Effect.catch((error) =>
      Effect.sync(() => parentPort?.postMessage({ type: "failed", reason: error.message } satisfies Reply))
    )
  )
)
