import { createServer, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2"
import type { Socket } from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type HttpListener, ListenFailed } from "./HttpListener.ts"

export type OnCall = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  rawHeaders: ReadonlyArray<string>,
  connection: number
) => void

/**
 * A plaintext HTTP/2 server for gRPC calls, for as long as the scope lives; port 0 takes a free one. Connections are
 * numbered from 1. Closing cuts every one.
 */
export const grpcListener = Effect.fnUntraced(function* (
  address: { readonly host: string; readonly port: number },
  onCall: OnCall
): Effect.fn.Return<HttpListener, ListenFailed, Scope.Scope> {
  const open = new Set<Socket>()
  let connections = 0
  const server = yield* Effect.acquireRelease(
    Effect.callback<Http2Server, ListenFailed>((resume) => {
      const server = createServer()
      server.on("connection", (socket: Socket) => {
        open.add(socket)
        socket.on("close", () => open.delete(socket))
      })
      server.on("session", (session) => {
        const connection = ++connections
        // A client that breaks off ends its session with an error, which is no concern of the others.
        session.on("error", () => {})
        session.on("stream", (stream, headers, _, rawHeaders) => {
          stream.on("error", () => {})
          onCall(stream, headers, rawHeaders, connection)
        })
      })
      server.once("error", (cause) => resume(Effect.fail(new ListenFailed({ ...address, cause }))))
      server.listen(address.port, address.host, 1024, () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        for (const socket of open) socket.destroy()
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
