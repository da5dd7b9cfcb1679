import { join } from "node:path"
import type { Worker } from "node:worker_threads"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { UndiciUpstreamLayer } from "../layers/undici/UndiciUpstream.ts"
import { WorkerBackOffice } from "../layers/worker/WorkerBackOffice.ts"
import type { ProgramConfig } from "../services/config/ProgramConfig.ts"
import { Metrics } from "../services/metrics/Metrics.ts"
import { MetricsPage } from "../services/metrics/MetricsPage.ts"
import { gatewayPlane } from "./gatewayPlane.ts"
import { yamlConfig } from "./yamlConfig.ts"

/** Everything in one process: the gateway serves on this thread, spool and exporter work in another, started `ahead`. */
export const allInOne = (program: ProgramConfig, ahead?: Worker) =>
  gatewayPlane(program).pipe(
    Layer.provide(UndiciUpstreamLayer),
    Layer.provide(MetricsPage.layerWith(Effect.map(WorkerBackOffice, ({ metrics }) => metrics))),
    Layer.provide(Metrics.layer),
    Layer.provide(
      WorkerBackOffice.layer({
        entry: new URL("./backOffice.ts", import.meta.url),
        directory: join(program.data, "spool"),
        ahead
      })
    ),
    Layer.provide(yamlConfig(program.config))
  )
