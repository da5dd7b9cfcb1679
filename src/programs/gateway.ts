/** A gateway pod: configuration and signing keys from NATS, traces to NATS, and nothing of its own but a spool. */
import { hostname } from "node:os"
import { join } from "node:path"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ConfigBucket } from "../layers/nats/ConfigBucket.ts"
import { beat } from "../layers/nats/heartbeats.ts"
import * as NatsConfigSync from "../layers/nats/NatsConfigSync.ts"
import * as NatsJwks from "../layers/nats/NatsJwks.ts"
import { NatsLink } from "../layers/nats/NatsLink.ts"
import { NatsSettings } from "../layers/nats/NatsSettings.ts"
import { GatewayServer } from "../layers/node-http/GatewayServer.ts"
import { detectResource } from "../layers/system/detectResource.ts"
import * as SystemMasterKey from "../layers/system/SystemMasterKey.ts"
import { UndiciUpstreamLayer } from "../layers/undici/UndiciUpstream.ts"
import { WorkerBackOffice } from "../layers/worker/WorkerBackOffice.ts"
import { ProgramConfig } from "../services/config/ProgramConfig.ts"
import { memberOf } from "../services/export/Fleet.ts"
import { Metrics } from "../services/metrics/Metrics.ts"
import { MetricsPage } from "../services/metrics/MetricsPage.ts"
import type { DetectedResource } from "../services/trace/resource.ts"
import { servingPlane } from "./gatewayPlane.ts"
import { runProgram } from "./runProgram.ts"

const gateway = (program: ProgramConfig, settings: NatsSettings, detected: DetectedResource) =>
  Layer.effectDiscard(Effect.forkScoped(beat(memberOf("gateway", detected)))).pipe(
    Layer.provideMerge(servingPlane(program, { sender: detected })),
    Layer.provide(UndiciUpstreamLayer),
    Layer.provide(MetricsPage.layerWith(Effect.map(WorkerBackOffice, ({ metrics }) => metrics))),
    Layer.provide(
      WorkerBackOffice.layer({
        entry: new URL("./shipper.ts", import.meta.url),
        directory: join(program.data, "spool")
      })
    ),
    Layer.provide(NatsJwks.layer(program.data)),
    Layer.provide(NatsConfigSync.layer(program.data)),
    Layer.provide(ConfigBucket.layer(settings)),
    Layer.provide(SystemMasterKey.layer),
    // The worker has a link of its own, and its metrics stand on the same page.
    Layer.provide(NatsLink.layer(settings, `spangate-gateway-${hostname()}`, "spangate_config_nats")),
    Layer.provide(Metrics.layer)
  )

const serve = Effect.gen(function* () {
  const { url } = yield* GatewayServer
  yield* Console.log(`spangate gateway listening on ${url}`)
  return yield* Effect.never
})

runProgram(
  Effect.gen(function* () {
    const program = yield* ProgramConfig
    return yield* Effect.provide(serve, gateway(program, yield* NatsSettings, yield* detectResource))
  })
)
