import { createServer, type Socket } from "node:net"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"

/** A provider's end of one connection, byte by byte. */
export class Connection {
  readonly socket: Socket
  private received = ""
  private closed = false
  private readonly waiting = new Set<() => void>()

  constructor(socket: Socket) {
    this.socket = socket
    socket.setNoDelay(true)
    socket.on("data", (chunk: Buffer) => {
      this.received += chunk.toString("latin1")
      this.changed()
    })
    socket.on("close", () => {
      this.closed = true
      this.changed()
    })
    // A reset by the other side is what some tests are about.
    socket.on("error", () => {})
  }

  /** Waits for a whole request, and takes it off the connection. */
  get request(): Effect.Effect<string> {
    return this.until(() => {
      const head = this.received.indexOf("\r\n\r\n")
      if (head === -1) return undefined
      const length = Number(/content-length: (\d+)/i.exec(this.received)?.[1] ?? 0)
      const end = head + 4 + length
      if (this.received.length < end) return undefined
      const request = this.received.slice(0, end)
      this.received = this.received.slice(end)
      return request
    })
  }

  /** Waits until the connection is closed, from whichever side. */
  get gone(): Effect.Effect<true> {
    return this.until(() => (this.closed ? true : undefined))
  }

  send(text: string | Uint8Array): void {
    this.socket.write(typeof text === "string" ? Buffer.from(text, "latin1") : text)
  }

  /** A whole answer with a length. */
  answer(status: number, headers: string, body: string): void {
    this.send(`HTTP/1.1 ${status} X\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  }

  private until<A>(look: () => A | undefined): Effect.Effect<A> {
    return Effect.callback((resume) => {
      const check = () => {
        const found = look()
        if (found === undefined) return
        this.waiting.delete(check)
        resume(Effect.succeed(found))
      }
      this.waiting.add(check)
      check()
      return Effect.sync(() => this.waiting.delete(check))
    })
  }

  private changed(): void {
    for (const check of this.waiting) check()
  }
}

export interface RawProvider {
  readonly origin: string
  readonly port: number
  /** Waits for the next connection. */
  readonly next: Effect.Effect<Connection>
  /** Opened so far. */
  readonly opened: () => number
}

/** A server that says nothing but what the test lets it say. */
export const rawProvider = Effect.gen(function* () {
  const connections = yield* Queue.unbounded<Connection>()
  const sockets = new Set<Socket>()
  let opened = 0
  const server = createServer((socket) => {
    opened++
    sockets.add(socket)
    Queue.offerUnsafe(connections, new Connection(socket))
  })
  const port = yield* Effect.acquireRelease(
    Effect.callback<number>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
      })
    }),
    () =>
      Effect.callback<void>((resume) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resume(Effect.void))
      })
  )
  const provider: RawProvider = {
    origin: `http://127.0.0.1:${port}`,
    port,
    next: Queue.take(connections),
    opened: () => opened
  }
  return provider
})
