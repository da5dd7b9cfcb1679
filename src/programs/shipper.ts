/** The worker behind gateway.ts: brings frames to NATS, and keeps them in a spool while it is away. */
import { parentPort } from "node:worker_threads"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { NatsLink } from "../layers/nats/NatsLink.ts"
import { maxSpoolBytes, NatsSettings } from "../layers/nats/NatsSettings.ts"
import { Shipper } from "../layers/nats/Shipper.ts"
import * as SqliteTraceBus from "../layers/sqlite/SqliteTraceBus.ts"
import { BackOfficePort } from "../layers/worker/BackOfficePort.ts"
import { BackOfficeStart } from "../layers/worker/BackOfficeStart.ts"
import type { Reply } from "../layers/worker/protocol.ts"
import { Metrics } from "../services/metrics/Metrics.ts"
import { MetricsPage } from "../services/metrics/MetricsPage.ts"
import { FrameSink } from "../services/trace/FrameSink.ts"
import { runProgram } from "./runProgram.ts"

/** What one stop may take to empty the spool; the rest is shipped after the next start. */
const FLUSH = "5 seconds"

const Shipping = Layer.unwrap(
  Effect.gen(function* () {
    const { directory } = yield* BackOfficeStart
    const settings = yield* NatsSettings
    const maxBytes = yield* maxSpoolBytes
    return BackOfficePort.layerNoDeps.pipe(
      Layer.provide(Layer.effect(FrameSink, Shipper)),
      Layer.provideMerge(Shipper.layer(settings, directory)),
      Layer.provide(SqliteTraceBus.layer({ directory, maxBytes })),
      Layer.provide(NatsLink.layer(settings, "spangate-gateway-traces")),
      Layer.provide(MetricsPage.layer),
      Layer.provide(Metrics.layer)
    )
  })
)

const serve = Effect.gen(function* () {
  const port = yield* BackOfficePort
  const shipper = yield* Shipper
  yield* port.stopped
  const spans = yield* shipper.flush(FLUSH)
  if (spans > 0) yield* Effect.logWarning("Spans stay in the spool until the next start", { spans })
})

runProgram(
  // The gateway's thread says it, once.
  Effect.catch(Effect.provide(serve, Layer.provide(Shipping, BackOfficeStart.layer)), (error) =>
    Effect.sync(() => parentPort?.postMessage({ type: "failed", reason: error.message } satisfies Reply))
  )
)
