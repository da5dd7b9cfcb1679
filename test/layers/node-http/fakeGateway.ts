import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import { GatewayServer, type GatewayServerOptions } from "../../../src/layers/node-http/GatewayServer.ts"
import type { Exchange } from "../../../src/services/gateway/Exchange.ts"
import { Gateway } from "../../../src/services/gateway/Gateway.ts"
import { MetricsPage } from "../../../src/services/metrics/MetricsPage.ts"
import { rawClient } from "./rawClient.ts"

/** What becomes of the requests that the server hands over. */
export class Handled extends Context.Service<
  Handled,
  {
    readonly by: (handler: (exchange: Exchange) => Effect.Effect<void>) => void
    /** Waits for the next request to begin. */
    readonly begun: Effect.Effect<Exchange>
    /** Waits for the next to end, and says how. */
    readonly ended: Effect.Effect<"done" | "interrupted">
  }
>()("test/layers/node-http/Handled") {}

const FakeGateway = Layer.effectContext(
  Effect.gen(function* () {
    const begun = yield* Queue.unbounded<Exchange>()
    const ended = yield* Queue.unbounded<"done" | "interrupted">()
    let handler: (exchange: Exchange) => Effect.Effect<void> = () => Effect.void
    return Context.empty().pipe(
      Context.add(Gateway, {
        unreadable: () => "0af7651916cd43dd8448eb211c80319c",
        handle: (exchange) =>
          Effect.suspend(() => {
            Queue.offerUnsafe(begun, exchange)
            return handler(exchange)
          }).pipe(
            Effect.onExit((exit) =>
              Effect.sync(() => Queue.offerUnsafe(ended, Exit.isSuccess(exit) ? "done" : "interrupted"))
            )
          )
      }),
      Context.add(Handled, {
        by: (next) => {
          handler = next
        },
        begun: Queue.take(begun),
        ended: Queue.take(ended)
      })
    )
  })
)

export const serverLayer = (options: Partial<GatewayServerOptions> = {}) =>
  GatewayServer.layer({ host: "127.0.0.1", port: 0, ...options }).pipe(
    Layer.provideMerge(FakeGateway),
    Layer.provide(Layer.succeed(MetricsPage, { render: Effect.succeed("page\n") }))
  )

export const withServer = Effect.provide(serverLayer())

export const answer = (exchange: Exchange, body = "ok"): void => {
  exchange.writeHead(200, ["content-length", String(body.length)])
  exchange.end(Buffer.from(body))
}

/** Reads the body, then answers with its length. */
export const echo = (exchange: Exchange) =>
  exchange.readBody(1000).pipe(
    Effect.match({
      onFailure: () => answer(exchange, "too large"),
      onSuccess: (body) => answer(exchange, `${body.length} bytes`)
    })
  )

export const client = Effect.flatMap(GatewayServer, ({ port }) => rawClient(port))
