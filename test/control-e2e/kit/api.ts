import * as Effect from "effect/Effect"
import { request } from "undici"

export interface ApiAnswer {
  /** 0 where no answer came. */
  readonly status: number
  // Whatever the API answers is open data here: what is looked up must be there, or the assertion on it fails.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly body: any
}

/** The control plane's API, as an admin. */
export interface Api {
  readonly get: (path: string) => Effect.Effect<ApiAnswer>
  readonly put: (path: string, body: unknown) => Effect.Effect<ApiAnswer>
  readonly post: (path: string, body: unknown) => Effect.Effect<ApiAnswer>
  readonly delete: (path: string) => Effect.Effect<ApiAnswer>
}

export const apiAt = (url: string, adminToken: string): Api => {
  const ask = (method: "GET" | "PUT" | "POST" | "DELETE", path: string, body?: unknown) =>
    Effect.promise(async (): Promise<ApiAnswer> => {
      try {
        const answer = await request(url + path, {
          method,
          headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
          ...(body === undefined ? {} : { body: JSON.stringify(body) })
        })
        const text = await answer.body.text()
        return { status: answer.statusCode, body: text === "" ? undefined : JSON.parse(text) }
      } catch (cause) {
        return { status: 0, body: String(cause) }
      }
    })
  return {
    get: (path) => ask("GET", path),
    put: (path, body) => ask("PUT", path, body),
    post: (path, body) => ask("POST", path, body),
    delete: (path) => ask("DELETE", path)
  }
}

export const headOf = (api: Api): Effect.Effect<number> =>
  Effect.map(api.get("/api/config"), ({ body }) => Number(body.revision))
