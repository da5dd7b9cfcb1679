import * as Effect from "effect/Effect"
import { request } from "undici"
import { ControlServer } from "../../../src/layers/node-http/ControlServer.ts"
import { ADMIN } from "./controlPlane.ts"

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | Array<string> | undefined>>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of an answer
  readonly json: any
}

export interface Call {
  readonly body?: unknown
  /** As it is, instead of `body`. */
  readonly raw?: string | Buffer
  /** `undefined` sends none. */
  readonly token?: string | undefined
  readonly headers?: Record<string, string>
}

/** One call over the real wire; as the admin unless it says otherwise. */
export const call = (method: string, path: string, options: Call = {}) =>
  Effect.gen(function* () {
    const { url } = yield* ControlServer
    const token = "token" in options ? options.token : ADMIN
    const body = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body))
    return yield* Effect.promise(async (): Promise<Answer> => {
      const answer = await request(`${url}${path}`, {
        method: method as "GET",
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...options.headers
        },
        body: body ?? null
      })
      const text = await answer.body.text()
      let json: unknown
      try {
        json = JSON.parse(text)
      } catch {
        json = undefined
      }
      return { status: answer.statusCode, headers: answer.headers, text, json }
    })
  })
