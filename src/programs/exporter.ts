/** Takes traces from NATS to the destinations. Any number of these share the work. */
import { hostname } from "node:os"
import { join } from "node:path"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ConfigBucket } from "../layers/nats/ConfigBucket.ts"
import { ConfigOrder } from "../layers/nats/ConfigOrder.ts"
import { beat } from "../layers/nats/heartbeats.ts"
import * as NatsConfigSync from "../layers/nats/NatsConfigSync.ts"
import { NatsLink } from "../layers/nats/NatsLink.ts"
import { NatsSettings } from "../layers/nats/NatsSettings.ts"
import * as NatsTraceBus from "../layers/nats/NatsTraceBus.ts"
import { HealthServer } from "../layers/node-http/HealthServer.ts"
import { otlpTraceSinks } from "../layers/otlp/OtlpTraceSinks.ts"
import * as SqliteDeadLetters from "../layers/sqlite/SqliteDeadLetters.ts"
import { detectResource } from "../layers/system/detectResource.ts"
import * as SystemMasterKey from "../layers/system/SystemMasterKey.ts"
import { ProgramConfig } from "../services/config/ProgramConfig.ts"
import { Exporter } from "../services/export/Exporter.ts"
import { exportMetrics } from "../services/export/exportMetrics.ts"
import { memberOf } from "../services/export/Fleet.ts"
import { Metrics } from "../services/metrics/Metrics.ts"
import type { DetectedResource } from "../services/trace/resource.ts"
import { runProgram } from "./runProgram.ts"

const DEFAULT_PORT = 8789

const exporting = (directory: string, settings: NatsSettings, detected: DetectedResource) =>
  Layer.effectDiscard(
    Effect.flatMap(Exporter, ({ statuses }) => Effect.forkScoped(beat(memberOf("exporter", detected), statuses)))
  ).pipe(
    Layer.provideMerge(Exporter.layer),
    Layer.provide(otlpTraceSinks(detected)),
    Layer.provide(SqliteDeadLetters.layer({ directory: join(directory, "exporter") })),
    Layer.provide(Layer.unwrap(Effect.map(ConfigOrder, ({ inForce }) => NatsTraceBus.layer(settings, inForce)))),
    Layer.provide(NatsConfigSync.layer(directory)),
    Layer.provide(ConfigBucket.layer(settings)),
    Layer.provide(SystemMasterKey.layer)
  )

const program = Effect.gen(function* () {
  const settings = yield* NatsSettings
  const { data, host, port } = yield* ProgramConfig
  const given = yield* Config.String("SPANGATE_PORT").pipe(Config.withDefault(""))
  const link = yield* NatsLink
  const registry = yield* Metrics
  const detected = yield* detectResource
  // Asked for its health from the start, also while it waits for a configuration.
  let exporter: Exporter["Service"] | undefined

  const metrics = Effect.gen(function* () {
    const statuses = exporter === undefined ? [] : yield* exporter.statuses
    return registry.render() + exportMetrics(statuses, yield* Clock.currentTimeMillis)
  })
  const trouble = () =>
    exporter === undefined ? "waiting for a configuration" : link.isUp() ? undefined : "NATS cannot be reached"

  return yield* Effect.gen(function* () {
    const { url } = yield* HealthServer
    return yield* Effect.gen(function* () {
      exporter = yield* Exporter
      yield* Console.log(`spangate exporter listening on ${url}`)
      return yield* Effect.never
    }).pipe(Effect.provide(exporting(data, settings, detected)))
  }).pipe(Effect.provide(HealthServer.layer({ host, port: given === "" ? DEFAULT_PORT : port, trouble, metrics })))
})

const link = Layer.unwrap(
  Effect.map(NatsSettings, (settings) => NatsLink.layer(settings, `spangate-exporter-${hostname()}`))
)

runProgram(program.pipe(Effect.provide(link), Effect.provide(Metrics.layer)))
