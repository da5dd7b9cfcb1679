import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { Gateway } from "../../services/gateway/Gateway.ts"
import { CONTENT_TYPE } from "../../services/metrics/exposition.ts"
import { MetricsPage } from "../../services/metrics/MetricsPage.ts"
import { Readiness } from "../../services/metrics/Readiness.ts"
import { drain } from "./drain.ts"
import { NodeExchange } from "./NodeExchange.ts"
import { RunningRequests } from "./RunningRequests.ts"
import { MAX_HEADER_BYTES, refuseConnection } from "./refuseConnection.ts"

export class ListenFailed extends Schema.TaggedError<ListenFailed>()("ListenFailed", {
  host: Schema.String,
  port: Schema.Number,
  reason: Schema.String
}) {
  override get message(): string {
    return `cannot listen on ${this.host}:${this.port}: ${this.reason}`
  }
}

export interface GatewayServerOptions {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  /** How long requests may still run after the program was told to stop. Default 30 seconds. */
  readonly drainMs?: number
}

/** A client that takes longer than this over its request head, or its whole request, is let go. */
const HEAD_TIMEOUT_MS = 20_000
const REQUEST_TIMEOUT_MS = 120_000
/** Longer than the idle timeout of the usual load balancers in front (60 s), so that they close first. */
const KEEP_ALIVE_MS = 75_000

/** The gateway's listener: the one place where requests become fibers. */
export class GatewayServer extends Context.Service<GatewayServer, { readonly url: string; readonly port: number }>()(
  "spangate/layers/node-http/GatewayServer"
) {
  static readonly layer = (options: GatewayServerOptions) =>
    Layer.effect(
      GatewayServer,
      Effect.gen(function* () {
        const gateway = yield* Gateway
        const page = yield* MetricsPage
        const readiness = yield* Readiness
        const run = Effect.runForkWith(yield* Effect.context<never>())
        const running = new RunningRequests()
        let draining = false

        const onRequest = (request: IncomingMessage, response: ServerResponse) => {
          if (draining) response.setHeader("connection", "close")
          const exchange = new NodeExchange(request, response)
          switch (exchange.path) {
            case "/health/live":
              return plain(response, 200, "ok\n")
            case "/health/ready":
              return draining
                ? plain(response, 503, "shutting down\n")
                : plain(response, 200, `ok\n${readiness.notes()}`)
            case "/metrics":
              run(
                Effect.matchCause(page.render, {
                  onFailure: () => plain(response, 500, "failed\n"),
                  onSuccess: (text) => plain(response, 200, text, CONTENT_TYPE)
                })
              )
              return
            default:
              return running.add(run(gateway.handle(exchange)), response)
          }
        }

        const server = createServer(
          {
            headersTimeout: HEAD_TIMEOUT_MS,
            requestTimeout: REQUEST_TIMEOUT_MS,
            keepAliveTimeout: KEEP_ALIVE_MS,
            maxHeaderSize: MAX_HEADER_BYTES,
            connectionsCheckingInterval: 2000,
            noDelay: true
          },
          onRequest
        )
        server.on("clientError", (error, socket) =>
          refuseConnection(error, socket, running.isAnswering(socket), (peer, reason) =>
            // A request under way has a trace of its own.
            running.has(socket) ? undefined : gateway.unreadable(peer, reason)
          )
        )

        const port = yield* Effect.acquireRelease(listen(server, options), () =>
          Effect.suspend(() => {
            draining = true
            return drain(server, running, options.drainMs ?? 30_000)
          })
        )
        return GatewayServer.of({
          port,
          url: `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${port}`
        })
      })
    )
}

const plain = (response: ServerResponse, status: number, body: string, type = "text/plain; charset=utf-8") => {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) })
  response.end(body)
}

const listen = (server: Server, { host, port }: GatewayServerOptions): Effect.Effect<number, ListenFailed> =>
  Effect.callback((resume) => {
    const onError = (error: NodeJS.ErrnoException) =>
      resume(
        Effect.fail(
          new ListenFailed({
            host,
            port,
            reason:
              error.code === "EADDRINUSE" ? "the port is in use; choose another with SPANGATE_PORT" : error.message
          })
        )
      )
    server.once("error", onError)
    server.listen(port, host, 1024, () => {
      server.off("error", onError)
      // A TCP server's address is never a string.
      resume(Effect.succeed((server.address() as AddressInfo).port))
    })
  })
