/** Publishes the configuration of a YAML file, and the identity providers' signing keys, to NATS for all other programs. */
import { hostname } from "node:os"
import { join } from "node:path"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FiberHandle from "effect/FiberHandle"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as JwksFetch from "../layers/jose/JwksFetch.ts"
import * as JwksRefresher from "../layers/jose/JwksRefresher.ts"
import { ConfigBucket } from "../layers/nats/ConfigBucket.ts"
import { publishConfig } from "../layers/nats/ConfigPublisher.ts"
import { REVISION_KEY } from "../layers/nats/configEntities.ts"
import { hearKeySetRequests } from "../layers/nats/KeySetRequests.ts"
import { MasterKey } from "../layers/nats/MasterKey.ts"
import { NatsLink } from "../layers/nats/NatsLink.ts"
import { NatsSettings } from "../layers/nats/NatsSettings.ts"
import * as PublishingJwksFetch from "../layers/nats/PublishingJwksFetch.ts"
import { HealthServer } from "../layers/node-http/HealthServer.ts"
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
    Layer.provideMerge(ConfigBucket.layer(settings)),
    Layer.provide(MasterKey.layer),
    Layer.provideMerge(NatsLink.layer(settings, `spangate-control-plane-${hostname()}`)),
    Layer.provideMerge(Metrics.layer)
  )

/** A document that is replaced before it is published needs no publishing; one that is lost from NATS is published again. */
const publishing = Effect.gen(function* () {
  const config = yield* ConfigSync
  const bucket = yield* ConfigBucket
  const current = yield* FiberHandle.make<void>()
  const lost = yield* Effect.acquireRelease(Queue.sliding<void>(1), Queue.shutdown)
  yield* Effect.acquireRelease(
    Effect.sync(() => bucket.onChange(() => void Queue.offerUnsafe(lost, undefined))),
    (end) => Effect.sync(end)
  )
  const publish = Effect.suspend(() => {
    const compiled = config.current()
    return publishConfig(documentOf(compiled), compiled.revision).pipe(Effect.provideService(ConfigBucket, bucket))
  })
  const isLost = () => bucket.entries((key) => key === REVISION_KEY).size === 0

  yield* Effect.forkScoped(Stream.runForEach(config.changes, () => FiberHandle.run(current, publish)))
  yield* Queue.take(lost).pipe(
    Effect.andThen(
      Effect.suspend(() => (isLost() ? FiberHandle.run(current, publish, { onlyIfMissing: true }) : Effect.void))
    ),
    Effect.forever
  )
})

const serve = ({ controlPort, host }: ProgramConfig) =>
  Effect.gen(function* () {
    const link = yield* NatsLink
    const registry = yield* Metrics
    yield* Effect.forkScoped(publishing)
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
