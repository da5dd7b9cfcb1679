import { createServer, type Http2Session, type ServerHttp2Stream } from "node:http2"
import type { AddressInfo, Socket } from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** One call at the server, and the socket under it, for frames that node:http2 would not send. */
export interface Call {
  readonly stream: ServerHttp2Stream
  readonly socket: Socket
}

/** An HTTP/2 server that does with each call, once its request is read, what it is told. Gives host and port. */
export const frameServer = (answer: (call: Call) => unknown): Effect.Effect<string, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<{ readonly port: number; readonly close: Effect.Effect<void> }>((resume) => {
        const server = createServer()
        const sockets = new Set<Socket>()
        const socketOf = new Map<Http2Session, Socket>()
        let newest: Socket | undefined
        server.prependListener("connection", (socket: Socket) => {
          newest = socket
          sockets.add(socket)
          socket.on("error", () => {})
          socket.on("close", () => sockets.delete(socket))
        })
        server.on("session", (session: Http2Session) => {
          session.on("error", () => {})
          if (newest !== undefined) socketOf.set(session, newest)
        })
        server.on("stream", (stream: ServerHttp2Stream) => {
          const socket = stream.session === undefined ? undefined : socketOf.get(stream.session)
          stream.on("error", () => {})
          stream.on("end", () => {
            if (socket !== undefined) answer({ stream, socket })
          })
          stream.resume()
        })
        const close = Effect.callback<void>((done) => {
          server.close(() => done(Effect.void))
          for (const socket of sockets) socket.destroy()
        })
        server.listen(0, "127.0.0.1", () =>
          resume(Effect.succeed({ port: (server.address() as AddressInfo).port, close }))
        )
      }),
      ({ close }) => close
    ),
    ({ port }) => `127.0.0.1:${port}`
  )

const frame = (type: number, stream: number, ...words: ReadonlyArray<number>): Buffer => {
  const bytes = Buffer.alloc(9 + 4 * words.length)
  bytes.writeUIntBE(4 * words.length, 0, 3)
  bytes.writeUInt8(type, 3)
  bytes.writeUInt32BE(stream, 5)
  for (const [i, word] of words.entries()) bytes.writeUInt32BE(word, 9 + 4 * i)
  return bytes
}

/** Breaks a stream off where it is: node:http2 would end it in order before. */
export const rstStream =
  (code: number) =>
  ({ socket, stream }: Call): void => {
    socket.write(frame(3, stream.id ?? 0, code))
  }

/** `lastStream` is the last one that the server will answer. */
export const goAway =
  (code: number, lastStream: number) =>
  ({ socket }: Call): void => {
    socket.write(frame(7, 0, lastStream, code))
  }

/** A frame of DATA for a stream that nobody opened. */
export const strayData = ({ socket }: Call): void => {
  socket.write(frame(0, 2, 0))
}
