/** Publishes the configuration of a YAML file, and the identity providers' signing keys, to NATS for all other programs. */
import { hostname } from "node:os"
import { join } from "node:path"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as JwksFetch from "../layers/jose/JwksFetch.ts"
import * as JwksRefresher from "../layers/jose/JwksRefresher.ts"
import { ConfigBucket } from "../layers/nats/ConfigBucket.ts"
import { hearKeySetRequests } from "../layers/nats/KeySetRequests.ts"
import { keepPublished } from "../layers/nats/keepPublished.ts"
import { NatsLink } from "../layers/nats/NatsLink.ts"
import { NatsSettings } from "../layers/nats/NatsSettings.ts"
import * as PublishingJwksFetch from "../layers/nats/PublishingJwksFetch.ts"
import { makePublicationCounter } from "../layers/nats/publicationCounter.ts"
import { TraceConsumers } from "../layers/nats/TraceConsumers.ts"
import { HealthServer } from "../layers/node-http/HealthServer.ts"
import * as SystemMasterKey from "../layers/system/SystemMasterKey.ts"
import { documentOf } from "../layers/yaml/parseGatewayConfig.ts"
import * as YamlConfigSync from "../layers/yaml/YamlConfigSync.ts"
import { ConfigSync } from "../services/config/ConfigSync.ts"
import { ProgramConfig } from "../services/config/ProgramConfig.ts"
import { Metrics } from "../services/metrics/Metrics.ts"
import { runProgram } from "./runProgram.ts"

const controlPlane = ({ config, data }: ProgramConfig, settings: NatsSettings) =>
  JwksRefresher.layer(join(data, "jwks")).pipe(
    Layer.provide(PublishingJwksFetch.layer.pipe(Layer.provide(JwksFetch.layer))),
    Layer.provideMerge(YamlConfigSync.layer({ file: config, env: process.env })),
    Layer.provideMerge([ConfigBucket.layer(settings), TraceConsumers.layer(settings)]),
    Layer.provideMerge(SystemMasterKey.layer),
    Layer.provideMerge(NatsLink.layer(settings, `spangate-control-plane-${hostname()}`)),
    Layer.provideMerge(Metrics.layer)
  )

/** Of the file: its text is a revision's name, and each start counts anew. */
const publishing = Effect.fnUntraced(function* (directory: string) {
  const config = yield* ConfigSync
  const next = yield* makePublicationCounter(directory)
  return yield* keepPublished(
    Stream.map(config.changes, (compiled) => ({
      document: documentOf(compiled),
      revision: compiled.revision,
      order: next()
    }))
  )
})

const serve = ({ controlPort, data, host }: ProgramConfig) =>
  Effect.gen(function* () {
    const link = yield* NatsLink
    const registry = yield* Metrics
    yield* Effect.forkScoped(publishing(data))
    yield* Effect.forkScoped(hearKeySetRequests)
    const health = HealthServer.layer({
      host,
      port: controlPort,
      trouble: () => (link.isUp() ? undefined : "NATS cannot be reached"),
      metrics: Effect.sync(() => registry.render())
    })
    return yield* Effect.gen(function* () {
      const { url } = yield* HealthServer
      yield* Console.log(`spangate control plane listening on ${url}`)
      return yield* Effect.never
    }).pipe(Effect.provide(health))
  }).pipe(Effect.scoped)

runProgram(
  Effect.gen(function* () {
    const program = yield* ProgramConfig
    return yield* Effect.provide(serve(program), controlPlane(program, yield* NatsSettings))
  })
)
