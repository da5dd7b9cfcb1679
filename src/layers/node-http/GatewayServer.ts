import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { Gateway } from "../../services/gateway/Gateway.ts"
import { CONTENT_TYPE } from "../../services/metrics/exposition.ts"
import { MetricsPage } from "../../services/metrics/MetricsPage.ts"
import { NodeExchange } from "./NodeExchange.ts"

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
const SWEEP_MS = 50
const MAX_HEADER_BYTES = 32 * 1024

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
        const run = Effect.runForkWith(yield* Effect.context<never>())
        const running = new Set<Fiber.Fiber<void>>()
        let draining = false

        const model = (request: IncomingMessage, response: ServerResponse) => {
          const fiber = run(gateway.handle(new NodeExchange(request, response)))
          if (fiber.pollUnsafe() !== undefined) return
          running.add(fiber)
          fiber.addObserver(() => running.delete(fiber))
          response.once("close", () => {
            if (!response.writableFinished) fiber.interruptUnsafe()
          })
        }

        const onRequest = (request: IncomingMessage, response: ServerResponse) => {
          if (draining) response.setHeader("connection", "close")
          switch (request.url) {
            case "/health/live":
              return plain(response, 200, "ok\n")
            case "/health/ready":
              return draining ? plain(response, 503, "shutting down\n") : plain(response, 200, "ok\n")
            case "/metrics":
              run(Effect.map(page.render, (text) => plain(response, 200, text, CONTENT_TYPE)))
              return
            default:
              return model(request, response)
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
        server.on("clientError", refuseConnection)

        const port = yield* Effect.acquireRelease(listen(server, options), () =>
          drain(server, running, options.drainMs ?? 30_000, () => {
            draining = true
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

/** Stops accepting, lets requests end until the deadline, then interrupts what is left: each still gets its trace. */
const drain = (
  server: Server,
  running: Set<Fiber.Fiber<void>>,
  drainMs: number,
  begin: () => void
): Effect.Effect<void> =>
  Effect.gen(function* () {
    begin()
    const closed = Effect.callback<void>((resume) => {
      // Connections that become idle from now on would otherwise be kept for their next request.
      const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS)
      server.close(() => {
        clearInterval(sweep)
        resume(Effect.void)
      })
      return Effect.sync(() => clearInterval(sweep))
    })
    yield* closed.pipe(
      Effect.interruptible,
      Effect.timeoutOrElse({
        duration: drainMs,
        orElse: () =>
          Effect.gen(function* () {
            yield* Effect.logWarning(`Interrupting ${running.size} requests that outlived the ${drainMs} ms drain`)
            for (const fiber of running) fiber.interruptUnsafe()
            yield* Effect.timeoutOption(Effect.interruptible(allEnded(running)), "2 seconds")
            server.closeAllConnections()
          })
      })
    )
  })

const allEnded = (running: Set<Fiber.Fiber<void>>): Effect.Effect<void> =>
  Effect.callback((resume) => {
    const check = () => {
      if (running.size === 0) resume(Effect.void)
    }
    for (const fiber of running) fiber.addObserver(check)
    check()
  })

/** Bytes that are no HTTP request never become one; the socket is told why, as far as it listens. */
const refuseConnection = (error: NodeJS.ErrnoException, socket: Socket) => {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy()
    return
  }
  const [status, code, message] =
    error.code === "HPE_HEADER_OVERFLOW"
      ? [
          "431 Request Header Fields Too Large",
          "headers_too_large",
          `The request's headers are larger than ${MAX_HEADER_BYTES} bytes.`
        ]
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? ["408 Request Timeout", "request_timeout", "The request did not come whole in time."]
        : ["400 Bad Request", "malformed_http", "This is not a valid HTTP/1.1 request."]
  const body = JSON.stringify({ error: { message, type: "invalid_request_error", code, param: null } })
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`
  )
}
