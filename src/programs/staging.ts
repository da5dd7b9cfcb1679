/**
 * `npm run staging`: the real gateway on your own configuration, with the outside world swapped for fakes.
 * No provider account is called and no trace leaves the machine. Each swap is one layer put in another's place.
 */
import { join } from "node:path"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { FakeMiddleware } from "../layers/fake/FakeMiddleware.ts"
import { FakeProvider } from "../layers/fake/FakeProvider.ts"
import { FakeTraceSinksLayer } from "../layers/fake/FakeTraceSinks.ts"
import { FakeUpstreamLayer } from "../layers/fake/FakeUpstream.ts"
import { GatewayServer } from "../layers/node-http/GatewayServer.ts"
import { otlpTraceSinks } from "../layers/otlp/OtlpTraceSinks.ts"
import * as SqliteDeadLetters from "../layers/sqlite/SqliteDeadLetters.ts"
import * as SqliteTraceBus from "../layers/sqlite/SqliteTraceBus.ts"
import { detectResource } from "../layers/system/detectResource.ts"
import { UndiciUpstreamLayer } from "../layers/undici/UndiciUpstream.ts"
import { ProgramConfig } from "../services/config/ProgramConfig.ts"
import { Exporter } from "../services/export/Exporter.ts"
import { Metrics } from "../services/metrics/Metrics.ts"
import { MetricsPage } from "../services/metrics/MetricsPage.ts"
import { FrameSink } from "../services/trace/FrameSink.ts"
import { fakeMiddleware } from "./fakeMiddleware.ts"
import { gatewayPlane } from "./gatewayPlane.ts"
import { runProgram } from "./runProgram.ts"
import { yamlConfig } from "./yamlConfig.ts"

const staging = (program: ProgramConfig) =>
  gatewayPlane(program).pipe(
    // Instead of UndiciUpstreamLayer: the providers are a fake.
    Layer.provide(FakeUpstreamLayer(UndiciUpstreamLayer)),
    Layer.provide(FrameSink.fromBus),
    Layer.provideMerge(Exporter.layer),
    // Instead of otlpTraceSinks: so is Middleware.
    Layer.provide(FakeTraceSinksLayer(Layer.unwrap(Effect.map(detectResource, otlpTraceSinks)))),
    Layer.provide(SqliteDeadLetters.layer({ directory: join(program.data, "staging-spool") })),
    Layer.provide(SqliteTraceBus.layer({ directory: join(program.data, "staging-spool") })),
    Layer.provide(MetricsPage.layer),
    Layer.provide(Metrics.layer),
    Layer.provide(yamlConfig(program.config)),
    Layer.provide(FakeProvider.layer()),
    Layer.provideMerge(fakeMiddleware)
  )

const serve = Effect.gen(function* () {
  const { url } = yield* GatewayServer
  const { uiOrigin } = yield* FakeMiddleware
  yield* Console.log(`spangate gateway listening on ${url}`)
  yield* Console.log(`spangate middleware ui on ${uiOrigin}`)
  return yield* Effect.never
})

runProgram(Effect.flatMap(ProgramConfig, (program) => Effect.provide(serve, staging(program))))
