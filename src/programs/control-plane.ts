/**
 * Keeps the configuration and the traces of an installation on NATS: publishes the one, with the identity providers'
 * signing keys, to all other programs; takes the others off the stream; and serves the API and the dashboard over both.
 */
import { existsSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as JwksFetch from "../layers/jose/JwksFetch.ts"
import * as JwksRefresher from "../layers/jose/JwksRefresher.ts"
import { ConfigBucket } from "../layers/nats/ConfigBucket.ts"
import { hearKeySetRequests } from "../layers/nats/KeySetRequests.ts"
import { keepPublished } from "../layers/nats/keepPublished.ts"
import * as NatsFleet from "../layers/nats/NatsFleet.ts"
import { NatsLink } from "../layers/nats/NatsLink.ts"
import { NatsSettings } from "../layers/nats/NatsSettings.ts"
import * as NatsTraceBus from "../layers/nats/NatsTraceBus.ts"
import * as PublishingJwksFetch from "../layers/nats/PublishingJwksFetch.ts"
import { TraceConsumers } from "../layers/nats/TraceConsumers.ts"
import { ControlServer } from "../layers/node-http/ControlServer.ts"
import { otlpTraceSinks } from "../layers/otlp/OtlpTraceSinks.ts"
import { followFile } from "../layers/store/FollowedFile.ts"
import * as StoreConfigSync from "../layers/store/StoreConfigSync.ts"
import { detectResource } from "../layers/system/detectResource.ts"
import * as SystemMasterKey from "../layers/system/SystemMasterKey.ts"
import { ControlConfig } from "../services/config/ControlConfig.ts"
import { ProgramConfig } from "../services/config/ProgramConfig.ts"
import { failureName } from "../services/export/failureName.ts"
import { Metrics } from "../services/metrics/Metrics.ts"
import { ConfigStore } from "../services/store/ConfigStore.ts"
import { ingestMetrics } from "../services/store/ingestMetrics.ts"
import { RevisionLog } from "../services/store/RevisionLog.ts"
import { STORE_CONSUMER, TraceIngest } from "../services/store/TraceIngest.ts"
import * as TraceRetention from "../services/store/TraceRetention.ts"
import { controlServer } from "./controlServer.ts"
import { configStore, traceStore } from "./controlStores.ts"
import { runProgram } from "./runProgram.ts"

/** A file, where there is one, fills the store and changes it with each save. */
const file = ({ config }: ProgramConfig) =>
  existsSync(config) ? Layer.effectDiscard(followFile({ file: config, env: process.env })) : Layer.empty

const controlPlane = (program: ProgramConfig, control: ControlConfig, settings: NatsSettings) =>
  Layer.mergeAll(
    JwksRefresher.layer(join(program.data, "jwks")).pipe(
      Layer.provide(PublishingJwksFetch.layer.pipe(Layer.provide(JwksFetch.layer)))
    ),
    TraceIngest.layer.pipe(Layer.provide(NatsTraceBus.layer(settings))),
    TraceRetention.layer,
    NatsFleet.layer(settings)
  ).pipe(
    Layer.provideMerge(StoreConfigSync.layer),
    Layer.provideMerge(file(program)),
    Layer.provideMerge([configStore(program.data, control), traceStore(program.data, control)]),
    Layer.provideMerge([ConfigBucket.layer(settings), TraceConsumers.layer(settings, [STORE_CONSUMER])]),
    Layer.provideMerge(SystemMasterKey.layer),
    Layer.provideMerge(NatsLink.layer(settings, `spangate-control-plane-${hostname()}`)),
    Layer.provideMerge(Metrics.layer)
  )

/** The database is the outbox: whoever committed a revision, and whatever became of him, it is published from there. */
const publishing = Effect.gen(function* () {
  const store = yield* ConfigStore
  const { epoch } = yield* RevisionLog
  return yield* keepPublished(
    store.heads.pipe(
      Stream.mapEffect(() => store.snapshot),
      Stream.map(({ document, revision }) => ({
        document,
        revision: String(revision),
        order: { epoch, number: revision }
      }))
    )
  )
}).pipe(
  Effect.tapError(({ message }) =>
    Effect.logWarning(`The configuration could not be read to be published: ${message}`)
  ),
  // Of a bug, its name: what it says may quote the document.
  Effect.tapDefect((defect) => Effect.logError(`Publishing starts again: ${failureName(defect)}`)),
  Effect.sandbox,
  Effect.retry(Schedule.spaced("1 second")),
  Effect.ignore
)

const serve = (program: ProgramConfig, control: ControlConfig) =>
  Effect.gen(function* () {
    const registry = yield* Metrics
    const ingest = yield* TraceIngest
    const detected = yield* detectResource
    yield* Effect.forkScoped(publishing)
    yield* Effect.forkScoped(hearKeySetRequests)
    const server = controlServer({
      host: program.host,
      port: program.controlPort,
      adminToken: control.adminToken,
      gatewayUrl: Option.getOrUndefined(control.gatewayUrl),
      version: detected.version,
      // Also while NATS is away, which is when an operator wants to see the dashboard: `spangate_nats_connected` tells of it.
      trouble: () => undefined,
      metrics: Effect.gen(function* () {
        return registry.render() + ingestMetrics(yield* ingest.status, yield* Clock.currentTimeMillis)
      })
    }).pipe(Layer.provide(otlpTraceSinks(detected)))
    return yield* Effect.gen(function* () {
      const { url } = yield* ControlServer
      yield* Console.log(`spangate control plane listening on ${url}`)
      return yield* Effect.never
    }).pipe(Effect.provide(server))
  }).pipe(Effect.scoped)

runProgram(
  Effect.gen(function* () {
    const program = yield* ProgramConfig
    const control = yield* ControlConfig
    return yield* Effect.provide(serve(program, control), controlPlane(program, control, yield* NatsSettings))
  })
)
