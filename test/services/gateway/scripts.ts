import * as Effect from "effect/Effect"
import { type Flow, UpstreamError, type UpstreamRequest } from "../../../src/services/gateway/Upstream.ts"

/** What a scripted provider does with one request: it talks to the receiver, and settles the send. */
export type Script = (send: Send) => void

export class Send implements Flow {
  readonly request: UpstreamRequest
  pauses = 0
  resumes = 0
  stops = 0
  interrupted = false
  private readonly settle: (effect: Effect.Effect<void, UpstreamError>) => void

  constructor(request: UpstreamRequest, settle: (effect: Effect.Effect<void, UpstreamError>) => void) {
    this.request = request
    this.settle = settle
  }

  get body(): string {
    return Buffer.from(this.request.body).toString()
  }

  head(status: number, headers: { readonly [name: string]: string | Array<string> } = {}): this {
    this.request.receiver.head({ status, headers }, this)
    return this
  }

  chunk(text: string): this {
    this.request.receiver.chunk(Buffer.from(text))
    return this
  }

  end(): void {
    this.settle(Effect.void)
  }

  fail(reason: UpstreamError["reason"]): void {
    this.settle(Effect.fail(new UpstreamError({ reason, cause: new Error(reason) })))
  }

  die(defect: Error): void {
    this.settle(Effect.die(defect))
  }

  pause(): void {
    this.pauses++
  }

  resume(): void {
    this.resumes++
  }

  stop(): void {
    this.stops++
    this.end()
  }
}

export const SSE = { "content-type": "text/event-stream" } as const
export const JSON_TYPE = { "content-type": "application/json" } as const

export const whole =
  '{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}'

export const delta = (content: string): string =>
  `data: {"id":"x","choices":[{"index":0,"delta":{"content":${JSON.stringify(content)}},"finish_reason":null}]}\n\n`

export const DONE = `data: {"id":"x","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`

export const answers =
  (status: number, body = whole, headers: { readonly [name: string]: string } = JSON_TYPE): Script =>
  (send) =>
    send.head(status, headers).chunk(body).end()

export const streams =
  (...contents: ReadonlyArray<string>): Script =>
  (send) => {
    send.head(200, SSE)
    for (const content of contents) send.chunk(delta(content))
    send.chunk(DONE).end()
  }

export const breaks =
  (reason: UpstreamError["reason"]): Script =>
  (send) =>
    send.fail(reason)

/** Says nothing until the test does. */
export const silent: Script = () => {}
