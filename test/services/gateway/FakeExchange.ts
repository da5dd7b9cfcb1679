import * as Effect from "effect/Effect"
import { BodyTooLarge, type Exchange } from "../../../src/services/gateway/Exchange.ts"

export interface FakeRequest {
  readonly method?: string
  readonly path?: string
  readonly headers?: { readonly [name: string]: string }
  /** A string or bytes as they are, anything else as JSON. `"never"` never comes whole. */
  readonly body?: unknown
}

/** A client in memory: what it was sent, and whether it takes it. */
export class FakeExchange implements Exchange {
  readonly method: string
  readonly path: string
  readonly peerAddress = "10.0.0.7"
  readonly peerPort = 4711
  readonly protocolVersion = "1.1"
  status: number | undefined
  headers: { readonly [name: string]: string } = {}
  heads = 0
  readonly written: Array<Uint8Array> = []
  ended = 0
  /** Whether its socket has room. */
  takes = true
  gone = false
  /** What `writeHead` is to throw. */
  headDefect: Error | undefined
  readonly drains: Array<() => void> = []
  private readonly asked: { readonly [name: string]: string }
  private readonly body: unknown

  constructor(request: FakeRequest = {}) {
    this.method = request.method ?? "POST"
    this.path = request.path ?? "/v1/chat/completions"
    this.asked = { authorization: "Bearer any", ...request.headers }
    this.body = request.body
  }

  header(name: string): string | undefined {
    return this.asked[name]
  }

  readBody(limit: number): Effect.Effect<Uint8Array, BodyTooLarge> {
    const { body } = this
    if (body === "never") return Effect.never
    const bytes =
      body instanceof Uint8Array ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body))
    return bytes.length > limit ? Effect.fail(new BodyTooLarge()) : Effect.succeed(bytes)
  }

  headSent(): boolean {
    return this.heads > 0
  }

  clientGone(): boolean {
    return this.gone
  }

  writeHead(status: number, headers: Array<string>): void {
    if (this.headDefect !== undefined) throw this.headDefect
    this.heads++
    this.status = status
    const read: { [name: string]: string } = {}
    for (let i = 0; i < headers.length; i += 2) read[headers[i] ?? ""] = headers[i + 1] ?? ""
    this.headers = read
  }

  write(chunk: Uint8Array): boolean {
    this.written.push(chunk)
    return this.takes
  }

  onDrain(resume: () => void): void {
    this.drains.push(resume)
  }

  /** The client takes again. */
  drain(): void {
    for (const resume of this.drains.splice(0)) resume()
  }

  end(chunk?: Uint8Array): void {
    if (this.ended++ === 0 && chunk !== undefined) this.written.push(chunk)
  }

  get flushed(): Effect.Effect<void> {
    return this.takes ? Effect.void : Effect.never
  }

  get text(): string {
    return Buffer.concat(this.written).toString()
  }

  // Answers are of every shape; a wrong one fails the assertion that reads it.
  // biome-ignore lint/suspicious/noExplicitAny: test data
  get json(): any {
    return JSON.parse(this.text)
  }
}
