import { Agent, request } from "node:http"
import * as Effect from "effect/Effect"

export interface Exchange {
  /** 0 when the head never came. */
  readonly status: number
  readonly headers: { readonly [name: string]: string | Array<string> | undefined }
  /** As they arrived. */
  readonly chunks: ReadonlyArray<Buffer>
  readonly body: Buffer
  readonly text: string
  /** Code of the error that broke it off; undefined when it ended well. */
  readonly broken: string | undefined
}

export interface Call {
  readonly method?: string
  readonly headers?: { readonly [name: string]: string }
  readonly body?: string | Uint8Array
  readonly agent?: Agent
}

const alone = new Agent({ keepAlive: false })

/** One request by plain node:http, to its end, whatever that is. Interrupting it closes the connection. */
export const exchange = (url: string, call: Call = {}): Effect.Effect<Exchange> =>
  Effect.callback((resume) => {
    const chunks: Array<Buffer> = []
    let status = 0
    let headers: Exchange["headers"] = {}
    const end = (broken: string | undefined) => {
      const body = Buffer.concat(chunks)
      resume(Effect.succeed({ status, headers, chunks, body, text: body.toString(), broken }))
    }
    const codeOf = (error: Error) => ("code" in error && typeof error.code === "string" ? error.code : error.message)
    const sent = request(
      url,
      { method: call.method ?? "POST", headers: call.headers ?? {}, agent: call.agent ?? alone },
      (response) => {
        status = response.statusCode ?? 0
        headers = response.headers
        response.on("data", (chunk: Buffer) => chunks.push(chunk))
        response.on("end", () => end(undefined))
        response.on("error", (error) => end(codeOf(error)))
      }
    )
    sent.on("error", (error) => end(codeOf(error)))
    sent.end(call.body)
    return Effect.sync(() => sent.destroy())
  })

/** `data` of each event, in order. */
export const eventData = (text: string): ReadonlyArray<string> =>
  text
    .split(/\r?\n\r?\n/)
    .flatMap((block) => block.split(/\r?\n/).filter((line) => line.startsWith("data: ")))
    .map((line) => line.slice("data: ".length))
