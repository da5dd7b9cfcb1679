import { join } from "node:path"
import * as Layer from "effect/Layer"
import * as JwksFetch from "../layers/jose/JwksFetch.ts"
import * as JwksRefresher from "../layers/jose/JwksRefresher.ts"
import * as MemoryAuthentication from "../layers/jose/MemoryAuthentication.ts"
import { GatewayServer, type GatewayServerOptions } from "../layers/node-http/GatewayServer.ts"
import * as processMetrics from "../layers/system/processMetrics.ts"
import * as SystemIdGenerator from "../layers/system/SystemIdGenerator.ts"
import * as SystemTraceClock from "../layers/system/SystemTraceClock.ts"
import { Gateway } from "../services/gateway/Gateway.ts"
import { GatewayMetrics } from "../services/gateway/GatewayMetrics.ts"
import { ModelResolver } from "../services/gateway/ModelResolver.ts"
import * as QueuedSpanPublisher from "../services/trace/QueuedSpanPublisher.ts"

/**
 * All that serves requests. It still needs where configuration comes from (ConfigSync), where signing keys do (Jwks),
 * where frames go (FrameSink), how providers are called (Upstream), and what `/metrics` shows (Metrics, MetricsPage):
 * each program brings its own.
 */
export const servingPlane = (options: GatewayServerOptions, publishing: QueuedSpanPublisher.PublisherOptions = {}) =>
  GatewayServer.layer(options).pipe(
    Layer.provide(Gateway.layerNoDeps),
    Layer.provide([GatewayMetrics.layerNoDeps, ModelResolver.layer]),
    Layer.provide(QueuedSpanPublisher.layer(publishing)),
    Layer.provide(MemoryAuthentication.layer),
    Layer.provide([SystemTraceClock.layer, SystemIdGenerator.layer, processMetrics.layer])
  )

/** The same, fetching signing keys from the identity providers itself. */
export const gatewayPlane = (options: GatewayServerOptions & { readonly data: string }) =>
  servingPlane(options).pipe(
    Layer.provide(JwksRefresher.layer(join(options.data, "jwks"))),
    Layer.provide(JwksFetch.layer)
  )
