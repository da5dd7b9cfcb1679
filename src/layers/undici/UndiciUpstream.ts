import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Dispatcher, Pool } from "undici"
import type { Account } from "../../services/config/CompiledConfig.ts"
import { Upstream, type UpstreamError, type UpstreamRequest } from "../../services/gateway/Upstream.ts"
import { UpstreamExchange } from "./UpstreamExchange.ts"

const CONNECT_TIMEOUT_MS = 10_000
/** Bounds that hold where nothing tighter is configured: a head that never comes, a stream that falls silent. */
const HEADERS_TIMEOUT_MS = 600_000
const IDLE_TIMEOUT_MS = 300_000

/**
 * Providers over undici's dispatcher: one keep-alive pool for each origin and certificate authority. Chunks go from the
 * parser to the receiver without a stream or a promise between.
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
          // On a connection of its own a slow reader, a reset or a goodbye touches one request only.
          allowH2: false,
          headersTimeout: HEADERS_TIMEOUT_MS,
          bodyTimeout: IDLE_TIMEOUT_MS
        })
        pools.set(key, pool)
      }
      return pool
    }

    return Upstream.of({
      send: (request) =>
        Effect.callback<void, UpstreamError>((resume) => {
          const exchange = new UpstreamExchange(request.receiver, resume)
          poolFor(request.account).dispatch(dispatchOptions(request), exchange)
          return Effect.sync(() => exchange.destroy())
        })
    })
  })
)

const USER_AGENT = "spangate"

/** An account's own headers, laid out once: name, value, name, value… */
const accountHeaders = new WeakMap<Account, Array<string>>()

const headersOf = (account: Account): Array<string> => {
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
  let all = headersOf(account)
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) all = [...without(all, name), name, value]
  }
  return { origin: account.origin, path, method: "POST", headers: all, body }
}

/** A header of the request takes the place of the account's. */
const without = (headers: Array<string>, name: string): Array<string> => {
  const index = headers.findIndex((each, i) => i % 2 === 0 && each === name)
  return index === -1 ? headers : [...headers.slice(0, index), ...headers.slice(index + 2)]
}
