/** `npm start` but for the trace store and the control plane, to tell what they take from requests. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { GatewayServer } from "../../src/layers/node-http/GatewayServer.ts"
import { UndiciUpstreamLayer } from "../../src/layers/undici/UndiciUpstream.ts"
import { WorkerBackOffice } from "../../src/layers/worker/WorkerBackOffice.ts"
import { gatewayPlane } from "../../src/programs/gatewayPlane.ts"
import { runProgram } from "../../src/programs/runProgram.ts"
import { yamlConfig } from "../../src/programs/yamlConfig.ts"
import { ProgramConfig } from "../../src/services/config/ProgramConfig.ts"
import { Metrics } from "../../src/services/metrics/Metrics.ts"
import { MetricsPage } from "../../src/services/metrics/MetricsPage.ts"

const entry = new URL("../../src/programs/backOffice.ts", import.meta.url)

const withoutStore = (program: ProgramConfig) =>
  gatewayPlane(program).pipe(
    Layer.provide(UndiciUpstreamLayer),
    Layer.provide(MetricsPage.layerWith(Effect.map(WorkerBackOffice, ({ metrics }) => metrics))),
    Layer.provide(Metrics.layer),
    Layer.provide(WorkerBackOffice.layer({ entry, directory: program.data })),
    Layer.provide(yamlConfig(program.config))
  )

const serve = Effect.gen(function* () {
  const { url } = yield* GatewayServer
  yield* Console.log(`spangate gateway listening on ${url}`)
  return yield* Effect.never
})

runProgram(Effect.flatMap(ProgramConfig, (program) => Effect.provide(serve, withoutStore(program))))
