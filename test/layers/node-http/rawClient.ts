import { connect, type Socket } from "node:net"
import * as Effect from "effect/Effect"

/** A client's end of one connection, byte by byte. */
export class RawClient {
  readonly socket: Socket
  text = ""
  bytes = 0
  private closed = false
  private readonly waiting = new Set<() => void>()

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true })
    this.socket.on("data", (chunk: Buffer) => {
      this.bytes += chunk.length
      // Enough to look into; what a test counts may be larger.
      if (this.text.length < 1_000_000) this.text += chunk.toString("latin1")
      this.changed()
    })
    this.socket.on("end", () => {
      this.closed = true
      this.changed()
    })
    this.socket.on("close", () => {
      this.closed = true
      this.changed()
    })
    // A reset by the other side is what some tests are about.
    this.socket.on("error", () => {})
  }

  send(text: string | Uint8Array): void {
    this.socket.write(typeof text === "string" ? Buffer.from(text, "latin1") : text)
  }

  /** Waits until this stands in what came, and takes everything up to its end. */
  until(pattern: RegExp): Effect.Effect<string> {
    return this.waitFor(() => {
      const found = pattern.exec(this.text)
      if (found === null) return undefined
      const end = found.index + found[0].length
      const taken = this.text.slice(0, end)
      this.text = this.text.slice(end)
      return taken
    })
  }

  /** Waits until all that was sent has been handed to the operating system. */
  get sent(): Effect.Effect<void> {
    return Effect.callback((resume) => {
      this.socket.write("", () => resume(Effect.void))
    })
  }

  /** Waits until so many bytes have come in all. */
  untilBytes(count: number): Effect.Effect<true> {
    return this.waitFor(() => (this.bytes >= count ? true : undefined))
  }

  /** Waits until the other side has closed, and gives what came before. */
  get closing(): Effect.Effect<string> {
    return this.waitFor(() => (this.closed ? this.text : undefined))
  }

  private waitFor<A>(look: () => A | undefined): Effect.Effect<A> {
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

export const rawClient = (port: number) =>
  Effect.acquireRelease(
    Effect.sync(() => new RawClient(port)),
    (client) => Effect.sync(() => client.socket.destroy())
  )

export const post = (body: string, headers = "", path = "/v1/chat/completions", version = "1.1"): string =>
  `POST ${path} HTTP/${version}\r\nhost: gateway\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
