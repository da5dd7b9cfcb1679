import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { FakeProvider } from "../layers/fake/FakeProvider.ts"
import { WorkerBackOffice } from "../layers/worker/WorkerBackOffice.ts"
import * as YamlConfigSync from "../layers/yaml/YamlConfigSync.ts"
import type { ProgramConfig } from "../services/config/ProgramConfig.ts"
import { Metrics } from "../services/metrics/Metrics.ts"
import { MetricsPage } from "../services/metrics/MetricsPage.ts"
import { gatewayPlane } from "./gatewayPlane.ts"

/** Everything in one process: the gateway serves on this thread, spool and exporter work in another. */
export const allInOne = (program: ProgramConfig) =>
  gatewayPlane(program).pipe(
    Layer.provide(MetricsPage.layerWith(Effect.map(WorkerBackOffice, ({ metrics }) => metrics))),
    Layer.provide(Metrics.layer),
    Layer.provide(
      WorkerBackOffice.layer({ entry: new URL("./backOffice.ts", import.meta.url), directory: program.data })
    ),
    Layer.provide(yamlConfig(program.config))
  )

const yamlConfig = (file: string) =>
  Layer.unwrap(
    Effect.map(FakeProvider, ({ origin }) => YamlConfigSync.layer({ file, env: process.env, fakeOrigin: origin }))
  ).pipe(Layer.provide(FakeProvider.demo))
