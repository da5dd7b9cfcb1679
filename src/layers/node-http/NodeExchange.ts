import type { IncomingMessage, ServerResponse } from "node:http"
import * as Effect from "effect/Effect"
import { BodyTooLarge, type Exchange } from "../../services/gateway/Exchange.ts"

/** A client that takes nothing for so long of an answer that waits for it is let go. */
const STALLED_MS = 300_000

/** A `node:http` request and response as the gateway's Exchange. Plain calls on Node's own objects. */
export class NodeExchange implements Exchange {
  readonly method: string
  readonly path: string
  private readonly request: IncomingMessage
  private readonly response: ServerResponse

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.request = request
    this.response = response
    this.method = request.method ?? "GET"
    const url = request.url ?? "/"
    const query = url.indexOf("?")
    this.path = query === -1 ? url : url.slice(0, query)
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name]
    return Array.isArray(value) ? value.join(", ") : value
  }

  get peerAddress(): string | undefined {
    return this.request.socket.remoteAddress
  }

  get peerPort(): number | undefined {
    return this.request.socket.remotePort
  }

  get protocolVersion(): string {
    return this.request.httpVersion
  }

  readBody(limit: number): Effect.Effect<Uint8Array, BodyTooLarge> {
    const { request } = this
    return Effect.callback<Uint8Array, BodyTooLarge>((resume) => {
      let size = Number(request.headers["content-length"] ?? 0)
      if (size > limit) return resume(new BodyTooLarge())
      size = 0
      let chunks: Array<Buffer> = []
      // The listeners stay: what still comes of a body that is too large is read and thrown away.
      request.on("data", (chunk: Buffer) => {
        if (size > limit) return
        size += chunk.length
        chunks.push(chunk)
        if (size > limit) {
          chunks = []
          resume(new BodyTooLarge())
        }
      })
      request.on("end", () => {
        const [only] = chunks
        resume(Effect.succeed(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)))
      })
    })
  }

  headSent(): boolean {
    return this.response.headersSent
  }

  clientGone(): boolean {
    const { request, response } = this
    // Before Node 26 a response that waits behind another on its connection does not hear of the connection's end.
    return !response.writableFinished && (response.destroyed || request.socket.destroyed)
  }

  writeHead(status: number, headers: Array<string>): void {
    this.response.writeHead(status, headers)
  }

  write(chunk: Uint8Array): boolean {
    return this.response.write(chunk)
  }

  onDrain(resume: () => void): void {
    const { socket } = this.request
    socket.setTimeout(STALLED_MS)
    this.response.once("drain", () => {
      socket.setTimeout(0)
      resume()
    })
  }

  end(chunk?: Uint8Array): void {
    if (this.response.writableEnded || this.response.destroyed) return
    this.response.end(chunk)
  }

  get flushed(): Effect.Effect<void> {
    const { request, response } = this
    const isFlushed = response.writableEnded && response.writableLength === 0
    if (isFlushed || response.destroyed) return Effect.void
    return Effect.callback<void>((resume) => {
      request.socket.setTimeout(STALLED_MS)
      const done = () => resume(Effect.void)
      response.once("finish", done)
      response.once("close", done)
    })
  }
}
