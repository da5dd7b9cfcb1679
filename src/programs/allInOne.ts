import { join } from "node:path"
import type { Worker } from "node:worker_threads"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { FakeProvider } from "../layers/fake/FakeProvider.ts"
import { UndiciUpstreamLayer } from "../layers/undici/UndiciUpstream.ts"
import { WorkerBackOffice } from "../layers/worker/WorkerBackOffice.ts"
import type { ProgramConfig } from "../services/config/ProgramConfig.ts"
import { Metrics } from "../services/metrics/Metrics.ts"
import { MetricsPage } from "../services/metrics/MetricsPage.ts"
import { gatewayPlane } from "./gatewayPlane.ts"
import { storedConfig } from "./storedConfig.ts"

/**
 * Everything in one process: the gateway serves on this thread; spool, exporter, stores and control plane work in
 * another, started `ahead`. Accounts of type `fake` lead to the demo provider, which this brings.
 */
export const allInOne = (program: ProgramConfig, ahead?: Worker) =>
  Layer.unwrap(Effect.map(FakeProvider, ({ origin }) => threads(program, origin, ahead))).pipe(
    Layer.provide(Layer.fresh(FakeProvider.demo))
  )

const threads = (program: ProgramConfig, fakeOrigin: string, ahead: Worker | undefined) => {
  const { config: file, controlPort, data, host } = program
  return gatewayPlane(program).pipe(
    Layer.provide(UndiciUpstreamLayer),
    Layer.provide(MetricsPage.layerWith(Effect.map(WorkerBackOffice, ({ metrics }) => metrics))),
    Layer.provide(Metrics.layer),
    Layer.provideMerge(
      WorkerBackOffice.layer({
        entry: new URL("./backOffice.ts", import.meta.url),
        directory: join(data, "spool"),
        control: { data, host, port: controlPort, fakeOrigin },
        ahead
      })
    ),
    Layer.provide(storedConfig({ data, file, fakeOrigin }))
  )
}
