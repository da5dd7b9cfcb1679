import { validateHeaderName, validateHeaderValue } from "node:http"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { type Dispatcher, Pool } from "undici"
import type { Destination } from "../../services/config/CompiledConfig.ts"
import { MAX_RESPONSE_BYTES, type MediaType, responseTooLarge } from "../../services/export/deliveryRules.ts"
import { type Permanent, Retryable, SinkMisconfigured } from "../../services/export/TraceSink.ts"
import { checked, type DestinationTls } from "../otlp/destinationTls.ts"
import { classify } from "./classify.ts"

/** An error's status decides; its body is only read for its message, and neither far nor long. */
const MAX_ERROR_BODY_BYTES = 64 * 1024
const ERROR_BODY_PATIENCE_MS = 1000

/** Under what proxies and load balancers usually keep, so that we seldom write on a connection they are closing. */
const KEEP_ALIVE_MS = 15_000

export interface OtlpAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly header: (name: string) => string | undefined
  readonly body: Uint8Array
}

export interface OtlpHttp {
  /** One POST, to the end of its answer. Unbounded in time; interrupting it closes its connection. */
  readonly post: (body: Uint8Array, contentEncoding?: "gzip") => Effect.Effect<OtlpAnswer, Retryable | Permanent>
}

/** Ours to say, or not ours to send: the body's description, and what belongs to the connection. */
const RESERVED: ReadonlySet<string> = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "host",
  "keep-alive",
  "transfer-encoding",
  "upgrade"
])

export interface OtlpHttpOptions {
  readonly userAgent: string
  readonly mediaType: MediaType
  readonly tls: DestinationTls
}

const headersOf = Effect.fnUntraced(function* (
  destination: Destination,
  { mediaType, userAgent }: OtlpHttpOptions
): Effect.fn.Return<Record<string, string>, SinkMisconfigured> {
  const headers: Record<string, string> = { "user-agent": userAgent }
  for (const [name, redacted] of Object.entries(destination.headers)) {
    const value = Redacted.value(redacted)
    yield* checked(`header name "${name}"`, () => validateHeaderName(name))
    yield* checked(`value of header "${name}"`, () => validateHeaderValue(name, value))
    const key = name.toLowerCase()
    if (!RESERVED.has(key)) headers[key] = value
  }
  return { ...headers, "content-type": mediaType }
})

/**
 * A keep-alive pool of its own to the destination: certificates are verified, and ours is shown where there is one; redirects are not followed, no trace
 * context is sent. Closing the scope cuts what is under way.
 */
export const openOtlpHttp = Effect.fnUntraced(function* (
  destination: Destination,
  options: OtlpHttpOptions
): Effect.fn.Return<OtlpHttp, SinkMisconfigured, Scope.Scope> {
  const url = yield* checked("endpoint", () => new URL(destination.endpoint))
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return yield* new SinkMisconfigured({ message: `endpoint's protocol "${url.protocol}" is not http or https` })
  }
  const headers = yield* headersOf(destination, options)
  const pool = yield* Effect.acquireRelease(
    checked(
      "endpoint",
      () =>
        new Pool(url.origin, {
          allowH2: false,
          // Sends come one by one.
          connections: 1,
          // A connection that takes longer than a send may take is of no use to it.
          connect: { timeout: destination.timeoutMs, ...options.tls },
          keepAliveTimeout: KEEP_ALIVE_MS,
          // The sender bounds the whole exchange; these would only bound its pauses.
          headersTimeout: 0,
          bodyTimeout: 0
        })
    ),
    (pool) => Effect.promise(() => pool.destroy())
  )
  const path = `${url.pathname}${url.search}`

  return {
    post: (body, contentEncoding) =>
      Effect.callback<OtlpAnswer, Retryable | Permanent>((resume) => {
        const exchange = new Exchange((result) => resume(Effect.fromResult(result)))
        pool.dispatch(
          {
            method: "POST",
            path,
            headers: {
              ...headers,
              "content-length": String(body.byteLength),
              ...(contentEncoding === undefined ? {} : { "content-encoding": contentEncoding })
            },
            body
          },
          exchange
        )
        return Effect.sync(() => exchange.abandon())
      })
  }
})

type AnswerHeaders = Readonly<Record<string, string | Array<string> | undefined>>
type ExchangeResult = Result.Result<OtlpAnswer, Retryable | Permanent>

class Exchange implements Dispatcher.DispatchHandler {
  #conclude: ((result: ExchangeResult) => void) | undefined
  #controller: Dispatcher.DispatchController | undefined
  #patience: NodeJS.Timeout | undefined
  #status = 0
  #headers: AnswerHeaders = {}
  #chunks: Array<Buffer> = []
  #size = 0

  constructor(conclude: (result: ExchangeResult) => void) {
    this.#conclude = conclude
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    // Given up while the connection was being made: the bytes must not go out after all.
    if (this.#conclude === undefined) controller.abort(new Error("abandoned"))
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: AnswerHeaders): void {
    if (status < 200) return
    this.#status = status
    this.#headers = headers
    if (this.#isError()) this.#patience = setTimeout(() => this.#cut(this.#answer()), ERROR_BODY_PATIENCE_MS)
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.byteLength
    if (this.#size <= (this.#isError() ? MAX_ERROR_BODY_BYTES : MAX_RESPONSE_BYTES)) {
      this.#chunks.push(chunk)
    } else {
      this.#cut(this.#isError() ? this.#answer() : Result.fail(responseTooLarge()))
    }
  }

  onResponseEnd(): void {
    this.#end(this.#answer())
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#end(this.#isError() ? this.#answer() : Result.fail(new Retryable({ reason: classify(error) })))
  }

  abandon(): void {
    this.#end(undefined)
    this.#controller?.abort(new Error("abandoned"))
  }

  #isError(): boolean {
    return this.#status >= 300
  }

  #answer(): ExchangeResult {
    return Result.succeed({
      status: this.#status,
      header: (name) => [this.#headers[name] ?? []].flat()[0],
      body: Buffer.concat(this.#chunks)
    })
  }

  #cut(result: ExchangeResult): void {
    this.#end(result)
    this.#controller?.abort(new Error("cut"))
  }

  #end(result: ExchangeResult | undefined): void {
    clearTimeout(this.#patience)
    const conclude = this.#conclude
    this.#conclude = undefined
    if (result !== undefined) conclude?.(result)
  }
}
