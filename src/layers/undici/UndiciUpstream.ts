import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Dispatcher, Pool } from "undici"
import type { Account } from "../../services/config/CompiledConfig.ts"
import {
  Upstream,
  UpstreamError,
  type UpstreamRequest,
  type UpstreamResponse
} from "../../services/gateway/Upstream.ts"
import { classify } from "./classify.ts"

const CONNECT_TIMEOUT_MS = 10_000
/** Bounds that hold where nothing tighter is configured: a head that never comes, a stream that falls silent. */
const HEADERS_TIMEOUT_MS = 600_000
const IDLE_TIMEOUT_MS = 300_000

/**
 * Providers over undici's dispatcher: one keep-alive pool for each origin and certificate authority. Chunks go from the
 * parser to the reader's callback without a stream or a promise between.
 */
export const UndiciUpstreamLayer = Layer.effect(
  Upstream,
  Effect.gen(function* () {
    const pools = new Map<string, Pool>()
    yield* Effect.addFinalizer(() =>
      Effect.promise(() => Promise.all(Array.from(pools.values(), (pool) => pool.destroy())))
    )
    const poolFor = (account: Account): Pool => {
      const key = account.ca === undefined ? account.origin : `${account.origin} ${account.ca}`
      let pool = pools.get(key)
      if (pool === undefined) {
        pool = new Pool(account.origin, {
          connect: { timeout: CONNECT_TIMEOUT_MS, ...(account.ca === undefined ? {} : { ca: account.ca }) },
          headersTimeout: HEADERS_TIMEOUT_MS,
          bodyTimeout: IDLE_TIMEOUT_MS
        })
        pools.set(key, pool)
      }
      return pool
    }

    return Upstream.of({
      send: (request) =>
        Effect.callback<UpstreamResponse, UpstreamError>((resume) => {
          const exchange = new UpstreamExchange(resume)
          poolFor(request.account).dispatch(dispatchOptions(request), exchange)
          return Effect.sync(() => exchange.destroy())
        })
    })
  })
)

const USER_AGENT = "spangate"

/** An account's own headers, laid out once: name, value, name, value… */
const accountHeaders = new WeakMap<Account, ReadonlyArray<string>>()

const headersOf = (account: Account): ReadonlyArray<string> => {
  let headers = accountHeaders.get(account)
  if (headers === undefined) {
    headers = Object.entries({
      "content-type": "application/json",
      "user-agent": USER_AGENT,
      ...account.headers
    }).flat()
    accountHeaders.set(account, headers)
  }
  return headers
}

const dispatchOptions = ({ account, path, headers, body }: UpstreamRequest): Dispatcher.DispatchOptions => {
  const base = headersOf(account)
  let all: Array<string> | ReadonlyArray<string> = base
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) all = [...without(all, name), name, value]
  }
  return { origin: account.origin, path, method: "POST", headers: all as Array<string>, body }
}

/** A header of the request takes the place of the account's. */
const without = (headers: ReadonlyArray<string>, name: string): ReadonlyArray<string> => {
  const index = headers.findIndex((each, i) => i % 2 === 0 && each === name)
  return index === -1 ? headers : [...headers.slice(0, index), ...headers.slice(index + 2)]
}

type Resume = (effect: Effect.Effect<UpstreamResponse, UpstreamError>) => void
type End = (effect: Effect.Effect<void, UpstreamError>) => void

/** undici's handler and the gateway's response in one object, from dispatch to the last byte. */
class UpstreamExchange implements Dispatcher.DispatchHandler, UpstreamResponse {
  status = 0
  headers: { readonly [name: string]: string | Array<string> | undefined } = {}
  private onHead: Resume | undefined
  private controller: Dispatcher.DispatchController | undefined
  private onChunk: ((chunk: Uint8Array) => void) | undefined
  private onEnd: End | undefined
  /** What came between the head and the reader. */
  private early: Array<Buffer> = []
  private ended: Effect.Effect<void, UpstreamError> | undefined
  private destroyed = false

  constructor(resume: Resume) {
    this.onHead = resume
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller
    if (this.destroyed) controller.abort(ABANDONED)
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: { [name: string]: string | Array<string> | undefined }
  ): void {
    // 1xx heads come before the real one.
    if (status < 200) return
    this.status = status
    this.headers = headers
    const onHead = this.onHead
    this.onHead = undefined
    onHead?.(Effect.succeed(this))
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.onChunk === undefined) this.early.push(chunk)
    else this.onChunk(chunk)
  }

  onResponseEnd(): void {
    this.finish(Effect.void)
  }

  onResponseError(_controller: Dispatcher.DispatchController, cause: Error): void {
    const failure = Effect.fail(new UpstreamError({ reason: classify(cause), cause }))
    const onHead = this.onHead
    this.onHead = undefined
    if (onHead === undefined) this.finish(failure)
    else onHead(failure)
  }

  consume(onChunk: (chunk: Uint8Array) => void): Effect.Effect<void, UpstreamError> {
    return Effect.callback<void, UpstreamError>((resume) => {
      for (const chunk of this.early) onChunk(chunk)
      this.early = []
      if (this.ended !== undefined) return resume(this.ended)
      this.onChunk = onChunk
      this.onEnd = resume
      return Effect.sync(() => this.destroy())
    })
  }

  pause(): void {
    this.controller?.pause()
  }

  resume(): void {
    this.controller?.resume()
  }

  discard(): void {
    this.finish(Effect.void)
    this.destroy()
  }

  destroy(): void {
    this.destroyed = true
    if (this.ended === undefined) this.controller?.abort(ABANDONED)
  }

  private finish(exit: Effect.Effect<void, UpstreamError>): void {
    if (this.ended !== undefined) return
    this.ended = exit
    const onEnd = this.onEnd
    this.onEnd = undefined
    this.onChunk = undefined
    onEnd?.(exit)
  }
}

const ABANDONED = new Error("the gateway let go of the request")
