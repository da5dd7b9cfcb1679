import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { CONTENT_TYPE } from "../../services/metrics/exposition.ts"
import { ListenFailed } from "./GatewayServer.ts"

export interface HealthServerOptions {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  /** Why the program is not ready; undefined when it is. */
  readonly trouble: () => string | undefined
  /** Prometheus text; must end by itself. */
  readonly metrics: Effect.Effect<string>
}

/** `/health/live`, `/health/ready` and `/metrics` of a program that serves nothing else. */
export class HealthServer extends Context.Service<HealthServer, { readonly url: string }>()(
  "spangate/layers/node-http/HealthServer"
) {
  static readonly layer = (options: HealthServerOptions): Layer.Layer<HealthServer, ListenFailed> =>
    Layer.effect(HealthServer, make(options))
}

const make = Effect.fnUntraced(function* ({ host, metrics, port, trouble }: HealthServerOptions) {
  const run = Effect.runForkWith(yield* Effect.context<never>())
  const server = createServer((request, response) => {
    const answer = (status: number, text: string, type = "text/plain; charset=utf-8") => {
      response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(text) })
      response.end(text)
    }
    switch (request.url) {
      case "/health/live":
        return answer(200, "ok\n")
      case "/health/ready": {
        const reason = trouble()
        return reason === undefined ? answer(200, "ok\n") : answer(503, `${reason}\n`)
      }
      case "/metrics":
        run(Effect.map(metrics, (text) => answer(200, text, CONTENT_TYPE)))
        return
      default:
        return answer(404, "not found\n")
    }
  })
  const taken = yield* Effect.acquireRelease(listen(server, host, port), () =>
    Effect.callback<void>((resume) => {
      server.close(() => resume(Effect.void))
      server.closeAllConnections()
    })
  )
  return HealthServer.of({ url: `http://${host.includes(":") ? `[${host}]` : host}:${taken}` })
})

const listen = (server: Server, host: string, port: number): Effect.Effect<number, ListenFailed> =>
  Effect.callback((resume) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      resume(
        Effect.fail(
          new ListenFailed({ host, port, reason: error.code === "EADDRINUSE" ? "the port is in use" : error.message })
        )
      )
    )
    // A TCP server's address is never a string.
    server.listen(port, host, () => resume(Effect.succeed((server.address() as AddressInfo).port)))
  })
