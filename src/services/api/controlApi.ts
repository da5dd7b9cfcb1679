import * as SecureRandom from "effect/crypto/SecureRandom"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Layer from "effect/Layer"
import { Admins } from "./Admins.ts"
import { Audit } from "./Audit.ts"
import { authenticationLayer, authorizationLayer } from "./handlers/accessLayer.ts"
import { auditHandlers } from "./handlers/auditHandlers.ts"
import { chartHandlers } from "./handlers/chartHandlers.ts"
import { configHandlers } from "./handlers/configHandlers.ts"
import { destinationHandlers } from "./handlers/destinationHandlers.ts"
import { playgroundHandlers } from "./handlers/playgroundHandlers.ts"
import { jsonBodyLayer, readableLayer } from "./handlers/requestLayers.ts"
import { revisionHandlers } from "./handlers/revisionHandlers.ts"
import { sessionHandlers } from "./handlers/sessionHandlers.ts"
import { statusHandlers } from "./handlers/statusHandlers.ts"
import { tokenHandlers } from "./handlers/tokenHandlers.ts"
import { traceHandlers } from "./handlers/traceHandlers.ts"
import { LoginLimiter } from "./LoginLimiter.ts"
import { Sessions } from "./Sessions.ts"
import { SpangateApi } from "./SpangateApi.ts"

export interface ControlApiOptions {
  /** The program's own. */
  readonly version: string
  /** Lower-case hex SHA-256 of the program's own admin token; undefined where there is none. */
  readonly adminTokenSha256: string | undefined
}

/** Every route under `/api`, with its OpenAPI document, for an `HttpRouter`. */
export const controlApi = ({ adminTokenSha256, version }: ControlApiOptions) =>
  HttpApiBuilder.layer(SpangateApi, { openapiPath: "/api/openapi.json" }).pipe(
    Layer.provide([
      auditHandlers,
      chartHandlers,
      configHandlers,
      destinationHandlers,
      playgroundHandlers,
      revisionHandlers,
      sessionHandlers,
      statusHandlers(version),
      tokenHandlers,
      traceHandlers
    ]),
    Layer.provide([authenticationLayer, authorizationLayer, jsonBodyLayer, readableLayer]),
    Layer.provide([Admins.layer(adminTokenSha256), Sessions.layer, LoginLimiter.layer, Audit.layer]),
    Layer.provide(SecureRandom.layerWebCrypto)
  )
