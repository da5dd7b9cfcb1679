import * as Effect from "effect/Effect"
import { GatewayServer } from "../../src/layers/node-http/GatewayServer.ts"
import { TOKEN } from "./harness.ts"

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // Answers are of every shape; a wrong one fails the assertion that reads it.
  // biome-ignore lint/suspicious/noExplicitAny: test data
  readonly json: any
}

export interface CallOptions {
  readonly path?: string
  readonly method?: string
  readonly token?: string | null
  readonly headers?: { readonly [name: string]: string }
  /** A string or bytes are sent as they are. */
  readonly body?: unknown
  readonly signal?: AbortSignal
}

const chat = (model: string, more: object = {}) => ({ model, messages: [{ role: "user", content: "Hello" }], ...more })

/** A chat request to `model`, or whatever `options` make of it, and the whole answer. */
export const call = Effect.fnUntraced(function* (
  model: string,
  options: CallOptions & { readonly more?: object } = {}
) {
  const { url } = yield* GatewayServer
  const token = options.token === undefined ? TOKEN : options.token
  const body = "body" in options ? options.body : chat(model, options.more)
  const method = options.method ?? "POST"
  return yield* Effect.promise(async (): Promise<Answer> => {
    const response = await fetch(url + (options.path ?? "/v1/chat/completions"), {
      method,
      headers: {
        "content-type": "application/json",
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...options.headers
      },
      ...(method === "GET"
        ? {}
        : { body: typeof body === "string" || body instanceof Uint8Array ? (body as string) : JSON.stringify(body) }),
      ...(options.signal === undefined ? {} : { signal: options.signal })
    })
    const text = await response.text()
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch {
      json = undefined
    }
    return { status: response.status, headers: response.headers, text, json }
  })
})
