import { readFileSync } from "node:fs"
import { createServer as createHttp2Server, type ServerHttp2Stream } from "node:http2"
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net"
import { createServer as createTlsServer, type TlsOptions } from "node:tls"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** Of `test/fixtures/tls`. */
export const pem = (name: string): string =>
  readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url), "utf8")

/** A server for as long as the scope lives, on a free port of 127.0.0.1; closing it cuts its connections. */
const listening = (make: () => Server, port = 0): Effect.Effect<string, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<{ readonly server: Server; readonly sockets: ReadonlySet<Socket> }>((resume) => {
        const server = make()
        const sockets = new Set<Socket>()
        server.on("connection", (socket: Socket) => {
          sockets.add(socket)
          socket.on("error", () => {})
          socket.on("close", () => sockets.delete(socket))
        })
        server.listen(port, "127.0.0.1", () => resume(Effect.succeed({ server, sockets })))
      }),
      ({ server, sockets }) =>
        Effect.callback<void>((resume) => {
          server.close(() => resume(Effect.void))
          for (const socket of sockets) socket.destroy()
        })
    ),
    ({ server }) => `127.0.0.1:${(server.address() as AddressInfo).port}`
  )

/** Answers the first bytes of each connection. Gives host and port. */
export const tcpServer = (answer: (socket: Socket, bytes: Buffer | string) => unknown, port?: number) =>
  listening(() => createServer((socket) => socket.once("data", (bytes) => answer(socket, bytes))), port)

/** An HTTP/2 server that does with each stream, once its request is read, what it is told. Gives host and port. */
export const http2Server = (answer: (stream: ServerHttp2Stream) => unknown) =>
  listening(() => {
    const server = createHttp2Server()
    server.on("session", (session) => session.on("error", () => {}))
    server.on("stream", (stream: ServerHttp2Stream) => {
      stream.on("error", () => {})
      stream.on("end", () => answer(stream))
      stream.resume()
    })
    return server
  })

/** TLS before a server in plaintext, for HTTP/1.1 and HTTP/2 alike. Gives host and port. */
export const tlsFront = (behind: string, options: TlsOptions) =>
  listening(() => {
    const server = createTlsServer({ ALPNProtocols: ["h2", "http/1.1"], ...options }, (socket) => {
      const onward = connect(Number(new URL(behind).port), "127.0.0.1")
      for (const side of [socket, onward]) side.on("error", () => {})
      socket.on("close", () => onward.destroy())
      onward.on("close", () => socket.destroy())
      socket.pipe(onward).pipe(socket)
    })
    server.on("tlsClientError", () => {})
    return server
  })
