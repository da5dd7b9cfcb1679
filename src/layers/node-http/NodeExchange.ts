import type { IncomingMessage, ServerResponse } from "node:http"
import * as Effect from "effect/Effect"
import { BodyError, type Exchange } from "../../services/gateway/Exchange.ts"

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

  readBody(limit: number): Effect.Effect<Uint8Array, BodyError> {
    const { request } = this
    return Effect.callback<Uint8Array, BodyError>((resume) => {
      const declared = Number(request.headers["content-length"] ?? 0)
      if (declared > limit) return resume(Effect.fail(new BodyError({ reason: "too_large" })))
      const chunks: Array<Buffer> = []
      let size = 0
      const onData = (chunk: Buffer) => {
        size += chunk.length
        if (size > limit) {
          stop()
          // What still comes is read and thrown away by Node once the response has ended.
          resume(Effect.fail(new BodyError({ reason: "too_large" })))
          return
        }
        chunks.push(chunk)
      }
      const onEnd = () => {
        stop()
        const [only] = chunks
        resume(Effect.succeed(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)))
      }
      const onClose = () => {
        stop()
        resume(Effect.fail(new BodyError({ reason: "aborted" })))
      }
      const stop = () => {
        request.off("data", onData)
        request.off("end", onEnd)
        request.off("close", onClose)
      }
      request.on("data", onData)
      request.on("end", onEnd)
      request.on("close", onClose)
      return Effect.sync(stop)
    })
  }

  headSent(): boolean {
    return this.response.headersSent
  }

  clientGone(): boolean {
    return this.response.destroyed && !this.response.writableFinished
  }

  writeHead(status: number, headers: Array<string>): void {
    this.response.writeHead(status, headers)
  }

  write(chunk: Uint8Array): boolean {
    return this.response.write(chunk)
  }

  onDrain(resume: () => void): void {
    this.response.once("drain", resume)
  }

  end(chunk?: Uint8Array): void {
    if (this.response.writableEnded || this.response.destroyed) return
    this.response.end(chunk)
  }

  get flushed(): Effect.Effect<void> {
    const { response } = this
    return Effect.callback<void>((resume) => {
      if (response.writableFinished || response.destroyed) return resume(Effect.void)
      const done = () => {
        response.off("finish", done)
        response.off("close", done)
        resume(Effect.void)
      }
      response.on("finish", done)
      response.on("close", done)
      return Effect.sync(() => {
        response.off("finish", done)
        response.off("close", done)
      })
    })
  }
}
