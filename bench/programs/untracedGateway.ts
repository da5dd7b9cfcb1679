/** The gateway with nobody to take its traces: what tracing costs is measured against it. */
import { join } from "node:path"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as JwksFetch from "../../src/layers/jose/JwksFetch.ts"
import * as JwksRefresher from "../../src/layers/jose/JwksRefresher.ts"
import * as MemoryAuthentication from "../../src/layers/jose/MemoryAuthentication.ts"
import { GatewayServer } from "../../src/layers/node-http/GatewayServer.ts"
import * as SystemIdGenerator from "../../src/layers/system/SystemIdGenerator.ts"
import * as SystemTraceClock from "../../src/layers/system/SystemTraceClock.ts"
import { UndiciUpstreamLayer } from "../../src/layers/undici/UndiciUpstream.ts"
import * as YamlConfigSync from "../../src/layers/yaml/YamlConfigSync.ts"
import { runProgram } from "../../src/programs/runProgram.ts"
import { ProgramConfig } from "../../src/services/config/ProgramConfig.ts"
import { Gateway } from "../../src/services/gateway/Gateway.ts"
import { GatewayMetrics } from "../../src/services/gateway/GatewayMetrics.ts"
import { ModelResolver } from "../../src/services/gateway/ModelResolver.ts"
import { Metrics } from "../../src/services/metrics/Metrics.ts"
import { MetricsPage } from "../../src/services/metrics/MetricsPage.ts"
import { SpanPublisher } from "../../src/services/trace/SpanPublisher.ts"

const NoPublisher = Layer.succeed(SpanPublisher, {
  offer: () => {},
  stats: () => ({ queuedEvents: 0, queuedBytes: 0, capturedSpans: 0, publishedSpans: 0, droppedSpans: {} })
})

/** `gatewayPlane`, but for its publisher. */
const untraced = (program: ProgramConfig) =>
  GatewayServer.layer(program).pipe(
    Layer.provide(Gateway.layerNoDeps),
    Layer.provide([GatewayMetrics.layerNoDeps, ModelResolver.layer, MetricsPage.layer]),
    Layer.provide([NoPublisher, MemoryAuthentication.layer]),
    Layer.provide(JwksRefresher.layer(join(program.data, "jwks"))),
    Layer.provide(Metrics.layer),
    Layer.provide([JwksFetch.layer, UndiciUpstreamLayer, SystemTraceClock.layer, SystemIdGenerator.layer]),
    Layer.provide(YamlConfigSync.layer({ file: program.config, env: process.env }))
  )

const serve = Effect.gen(function* () {
  const { url } = yield* GatewayServer
  yield* Console.log(`spangate gateway listening on ${url}`)
  return yield* Effect.never
})

runProgram(Effect.flatMap(ProgramConfig, (program) => Effect.provide(serve, untraced(program))))
