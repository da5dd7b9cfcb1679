import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { ControlServer } from "../layers/node-http/ControlServer.ts"
import * as SqliteTraceStore from "../layers/sqlite/traces/SqliteTraceStore.ts"
import * as LocalFleet from "../layers/system/LocalFleet.ts"
import { BackOfficePort } from "../layers/worker/BackOfficePort.ts"
import type { ControlOptions } from "../layers/worker/protocol.ts"
import { ControlConfig } from "../services/config/ControlConfig.ts"
import { MetricsPage } from "../services/metrics/MetricsPage.ts"
import type { DetectedResource } from "../services/trace/resource.ts"
import { controlServer } from "./controlServer.ts"
import { configStore } from "./storedConfig.ts"

/** A port that is taken may become free. */
const AGAIN = "10 seconds"

/** The control plane of `npm start`, on the back office's thread, until interrupted. The gateway serves without it too. */
export const embeddedControl = ({ data, fakeOrigin, host, port }: ControlOptions, detected: DetectedResource) =>
  Effect.gen(function* () {
    const { adminToken } = yield* ControlConfig
    const back = yield* BackOfficePort
    const { render } = yield* MetricsPage
    const control = controlServer({
      host,
      port,
      adminToken,
      version: detected.version,
      gatewayUrl: yield* back.gatewayUrl,
      trouble: () => undefined,
      metrics: render
    }).pipe(
      Layer.provide([
        configStore({ data, fakeOrigin }),
        SqliteTraceStore.layer({ file: join(data, "traces.db"), readonly: true }),
        LocalFleet.layer(detected)
      ])
    )
    return yield* Effect.gen(function* () {
      const { url } = yield* ControlServer
      back.controlServes(url)
      return yield* Effect.never
    }).pipe(Effect.provide(control))
  }).pipe(
    Effect.tapError((error) => Effect.logError(`The control plane does not serve: ${error.message}`)),
    Effect.retry(Schedule.spaced(AGAIN)),
    Effect.ignoreCause({ log: "Error", message: "The control plane stopped" })
  )
