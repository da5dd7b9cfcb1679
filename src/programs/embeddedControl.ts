import { createHash } from "node:crypto"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as AdminJwtLayer from "../layers/jose/AdminJwtLayer.ts"
import * as JwksFetch from "../layers/jose/JwksFetch.ts"
import { ControlServer } from "../layers/node-http/ControlServer.ts"
import * as UndiciPlaygroundProxy from "../layers/node-http/UndiciPlaygroundProxy.ts"
import * as SqliteTraceStore from "../layers/sqlite/traces/SqliteTraceStore.ts"
import * as LocalFleet from "../layers/system/LocalFleet.ts"
import * as SystemIdGenerator from "../layers/system/SystemIdGenerator.ts"
import { BackOfficePort } from "../layers/worker/BackOfficePort.ts"
import type { ControlOptions } from "../layers/worker/protocol.ts"
import { ProgramConfig } from "../services/config/ProgramConfig.ts"
import { MetricsPage } from "../services/metrics/MetricsPage.ts"
import type { DetectedResource } from "../services/trace/resource.ts"
import { configStore } from "./storedConfig.ts"

const dashboard = fileURLToPath(new URL("../../dist/dashboard", import.meta.url))

/** A port that is taken may become free. */
const AGAIN = "10 seconds"

/** The control plane of `npm start`, on the back office's thread, until interrupted. The gateway serves without it too. */
export const embeddedControl = ({ data, fakeOrigin, host, port }: ControlOptions, detected: DetectedResource) =>
  Effect.gen(function* () {
    const { adminToken } = yield* ProgramConfig
    const back = yield* BackOfficePort
    const page = yield* MetricsPage
    const control = ControlServer.layer({
      host,
      port,
      dashboard,
      version: detected.version,
      adminTokenSha256: Option.getOrUndefined(Option.map(adminToken, sha256)),
      trouble: () => undefined,
      metrics: page.render
    }).pipe(
      Layer.provide(configStore({ data, fakeOrigin })),
      Layer.provide([
        SqliteTraceStore.layer({ file: join(data, "traces.db"), readonly: true }),
        LocalFleet.layer(detected),
        UndiciPlaygroundProxy.layer(yield* back.gatewayUrl),
        AdminJwtLayer.layer.pipe(Layer.provide(JwksFetch.layer)),
        SystemIdGenerator.layer
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

const sha256 = (token: Redacted.Redacted<string>): string =>
  createHash("sha256").update(Redacted.value(token)).digest("hex")
