import * as Effect from "effect/Effect"
import { type Dispatcher, request } from "undici"
import { TOKEN } from "./configuration.ts"

export interface Answer {
  readonly status: number
  readonly headers: { readonly [name: string]: string | Array<string> | undefined }
  readonly text: string
  /** As the answer's head has it; empty without. */
  readonly traceId: string
}

export interface AskOptions {
  readonly model?: string
  readonly content?: string
  readonly stream?: boolean
  readonly token?: string
  readonly path?: string
  readonly headers?: { readonly [name: string]: string }
  /** Instead of the chat that the options above make. Strings are sent as they are. */
  readonly body?: unknown
  readonly dispatcher?: Dispatcher
}

export const chat = ({ model = "openai/echo", content = "Hello", stream = false }: AskOptions): string =>
  JSON.stringify({ model, stream, messages: [{ role: "user", content }] })

export const headersOf = ({ token = TOKEN, headers }: AskOptions): { readonly [name: string]: string } => ({
  "content-type": "application/json",
  authorization: `Bearer ${token}`,
  ...headers
})

/** One chat request, and its whole answer. Dies when the answer breaks. */
export const ask = (url: string, options: AskOptions = {}): Effect.Effect<Answer> =>
  Effect.promise(async () => {
    const { body = chat(options), path = "/v1/chat/completions", dispatcher } = options
    const answer = await request(url + path, {
      method: "POST",
      headers: headersOf(options),
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...(dispatcher === undefined ? {} : { dispatcher })
    })
    const { statusCode: status, headers } = answer
    return { status, headers, text: await answer.body.text(), traceId: String(headers["x-trace-id"] ?? "") }
  })

export const get = (url: string): Effect.Effect<Pick<Answer, "status" | "text">> =>
  Effect.promise(async () => {
    const { statusCode: status, body } = await request(url)
    return { status, text: await body.text() }
  })
