import { createServer } from "node:http"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import { type ControlApiOptions, controlApi } from "../../services/api/controlApi.ts"
import { CONTENT_TYPE } from "../../services/metrics/exposition.ts"
import { answers } from "./answers.ts"
import { apiReference } from "./apiReference.ts"
import { dashboardFiles } from "./dashboardFiles.ts"
import { ListenFailed } from "./GatewayServer.ts"
import { MAX_HEADER_BYTES } from "./refuseConnection.ts"
import { unknownRoutes } from "./unknownRoutes.ts"

export interface ControlServerOptions extends ControlApiOptions {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  /** Of the built dashboard; there need not be one. */
  readonly dashboard: string
  /** Why the program is not ready; undefined when it is. */
  readonly trouble: () => string | undefined
  /** Prometheus text; must end by itself. */
  readonly metrics: Effect.Effect<string>
}

const BODY_TIMEOUT_MS = 60_000
const DRAIN = "5 seconds"

/** The control plane: the API under `/api` and its reference, the dashboard, health and metrics, on one port. */
export class ControlServer extends Context.Service<ControlServer, { readonly url: string }>()(
  "spangate/layers/node-http/ControlServer"
) {
  static readonly layer = (options: ControlServerOptions) =>
    HttpRouter.serve(routes(options), {
      disableLogger: true,
      disableListenLog: true,
      // A part of a path may be as long as the head allows: what it may be, its schema says.
      routerConfig: { maxParamLength: MAX_HEADER_BYTES }
    }).pipe(Layer.provideMerge(address(options)), Layer.provide(listening(options)))
}

const routes = (options: ControlServerOptions) =>
  Layer.mergeAll(
    controlApi(options),
    apiReference,
    dashboardFiles(options.dashboard),
    health(options),
    unknownRoutes,
    answers
  )

const text = (status: number, body: string) => HttpServerResponse.text(body, { status })

const health = ({ metrics, trouble }: ControlServerOptions) =>
  HttpRouter.use((router) =>
    Effect.all(
      [
        router.add("GET", "/health/live", Effect.succeed(text(200, "ok\n"))),
        router.add(
          "GET",
          "/health/ready",
          Effect.sync(() => {
            const reason = trouble()
            return reason === undefined ? text(200, "ok\n") : text(503, `${reason}\n`)
          })
        ),
        router.add(
          "GET",
          "/metrics",
          Effect.map(metrics, (page) => HttpServerResponse.text(page, { contentType: CONTENT_TYPE }))
        )
      ],
      { discard: true }
    )
  )

const listening = ({ host, port }: ControlServerOptions) =>
  Layer.merge(
    Layer.effect(
      HttpServer.HttpServer,
      NodeHttpServer.make(
        () => createServer({ maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: BODY_TIMEOUT_MS, noDelay: true }),
        { host, port, gracefulShutdownTimeout: DRAIN }
      ).pipe(Effect.mapError(({ cause }) => new ListenFailed({ host, port, reason: reasonOf(cause) })))
    ),
    NodeHttpServer.layerHttpServices
  )

const reasonOf = (cause: unknown): string => {
  const error: NodeJS.ErrnoException = cause instanceof Error ? cause : new Error("it could not be opened")
  return error.code === "EADDRINUSE" ? "the port is in use" : error.message
}

const address = ({ host }: ControlServerOptions) =>
  Layer.effect(
    ControlServer,
    Effect.map(HttpServer.HttpServer, ({ address }) => {
      const port = address._tag === "UnixPathAddress" ? 0 : address.port
      return ControlServer.of({ url: `http://${host.includes(":") ? `[${host}]` : host}:${port}` })
    })
  )
