import type { RequestListener, Server } from "node:http"
import { createServer } from "node:http"
import type { Socket } from "node:net"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"

/** The address is taken or not ours. */
export class ListenFailed extends Schema.TaggedError<ListenFailed>()("ListenFailed", {
  host: Schema.String,
  port: Schema.Number,
  cause: Schema.Defect()
}) {}

export interface HttpListener {
  readonly port: number
  /** `http://127.0.0.1:4318`. */
  readonly origin: string
  /** Open now. */
  readonly openConnections: () => number
  /** Opened since the start. */
  readonly connections: () => number
}

/**
 * A node:http server for as long as the scope lives; port 0 takes a free one. Closing cuts every connection:
 * a fake has no answer worth waiting for, and many that never come.
 */
export const httpListener = Effect.fnUntraced(function* (
  address: { readonly host: string; readonly port: number },
  onRequest: RequestListener,
  onConnections: () => void = () => {}
): Effect.fn.Return<HttpListener, ListenFailed, Scope.Scope> {
  const open = new Set<Socket>()
  let connections = 0
  const server = yield* Effect.acquireRelease(
    Effect.callback<Server, ListenFailed>((resume) => {
      // Answers may be slow on purpose, so no timeout of the server's own; a client keeps its idle connection.
      const server = createServer({ noDelay: true, requestTimeout: 0, keepAliveTimeout: 120_000 }, onRequest)
      server.on("connection", (socket) => {
        connections++
        open.add(socket)
        onConnections()
        socket.on("close", () => {
          open.delete(socket)
          onConnections()
        })
      })
      server.once("error", (cause) => resume(Effect.fail(new ListenFailed({ ...address, cause }))))
      server.listen(address.port, address.host, 1024, () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )
  const bound = server.address()
  const port = typeof bound === "object" && bound !== null ? bound.port : address.port
  const host = address.host.includes(":") ? `[${address.host}]` : address.host
  return {
    port,
    origin: `http://${host}:${port}`,
    openConnections: () => open.size,
    connections: () => connections
  }
})
