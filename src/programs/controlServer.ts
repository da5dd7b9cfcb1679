import { createHash } from "node:crypto"
import { fileURLToPath } from "node:url"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as AdminJwtLayer from "../layers/jose/AdminJwtLayer.ts"
import * as JwksFetch from "../layers/jose/JwksFetch.ts"
import { ControlServer, type ControlServerOptions } from "../layers/node-http/ControlServer.ts"
import * as UndiciPlaygroundProxy from "../layers/node-http/UndiciPlaygroundProxy.ts"
import * as SystemIdGenerator from "../layers/system/SystemIdGenerator.ts"

export interface ControlPlaneOptions extends Omit<ControlServerOptions, "adminTokenSha256" | "dashboard"> {
  readonly adminToken: Option.Option<Redacted.Redacted>
  /** For the playground. */
  readonly gatewayUrl: string | undefined
}

const dashboard = fileURLToPath(new URL("../../dist/dashboard", import.meta.url))

/** API and dashboard. They still need the stores, the fleet and the way to destinations: each program brings its own. */
export const controlServer = ({ adminToken, gatewayUrl, ...options }: ControlPlaneOptions) =>
  ControlServer.layer({
    ...options,
    dashboard,
    adminTokenSha256: Option.getOrUndefined(Option.map(adminToken, sha256))
  }).pipe(
    Layer.provide([
      UndiciPlaygroundProxy.layer(gatewayUrl),
      AdminJwtLayer.layer.pipe(Layer.provide(JwksFetch.layer)),
      SystemIdGenerator.layer
    ])
  )

const sha256 = (token: Redacted.Redacted): string => createHash("sha256").update(Redacted.value(token)).digest("hex")
