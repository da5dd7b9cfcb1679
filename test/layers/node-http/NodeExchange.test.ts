import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { NodeExchange } from "../../../src/layers/node-http/NodeExchange.ts"
import { post, rawClient } from "./rawClient.ts"

/** A server with one request under way, and its client, which reads nothing yet. */
const exchanging = Effect.gen(function* () {
  const server = createServer()
  yield* Effect.acquireRelease(
    Effect.callback<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
    () => Effect.callback<void>((resume) => void server.close(() => resume(Effect.void)).closeAllConnections())
  )
  const client = yield* rawClient((server.address() as AddressInfo).port)
  client.socket.pause()
  client.send(post("{}"))
  const [request, response] = yield* Effect.callback<readonly [IncomingMessage, ServerResponse]>(
    (resume) => void server.once("request", (...both) => resume(Effect.succeed(both)))
  )
  return { client, exchange: new NodeExchange(request, response), socket: request.socket }
})

const piece = Buffer.alloc(1024 * 1024)

describe("NodeExchange", () => {
  it.effect("lets go of a client that takes nothing, for as long as something waits for it", () =>
    Effect.gen(function* () {
      const { client, exchange, socket } = yield* exchanging
      exchange.writeHead(200, [])
      while (exchange.write(piece));
      assert.notStrictEqual(socket.timeout, 300_000)
      const drained = Effect.callback<void>((resume) => exchange.onDrain(() => resume(Effect.void)))
      const waiting = yield* Effect.forkChild(drained, { startImmediately: true })
      assert.strictEqual(socket.timeout, 300_000)
      client.socket.resume()
      yield* Fiber.join(waiting)
      assert.strictEqual(socket.timeout, 0, "and no longer")
    })
  )
})
