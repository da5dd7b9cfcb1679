import * as Effect from "effect/Effect"
import { type ClientApi, isJsonObject } from "../provider/Api.ts"
import type { ClientRequest } from "../provider/Translator.ts"
import type { TraceRecord } from "../trace/TraceRecord.ts"
import type { BodyError, Exchange } from "./Exchange.ts"
import { invalidRequest, Refusal } from "./Refusal.ts"

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Reads and checks the body: whole, UTF-8, JSON, an object with a `model`. What it finds is noted in the trace. */
export const readClientRequest = Effect.fnUntraced(function* (
  exchange: Exchange,
  record: TraceRecord,
  api: ClientApi,
  maxBodyBytes: number
): Effect.fn.Return<ClientRequest, Refusal> {
  record.header.api = api
  const bytes = yield* Effect.mapError(exchange.readBody(maxBodyBytes), (error) => unread(error, maxBodyBytes))
  const json = parse(bytes)
  if (json instanceof Refusal) return yield* json
  if (!isJsonObject(json)) return yield* invalidRequest("invalid_json", "The body must be a JSON object.")
  const request: ClientRequest = { api, bytes, json }
  record.request = request

  const model = json["model"]
  if (model === undefined) {
    return yield* invalidRequest(
      "missing_model",
      "The body has no `model`. GET /v1/models lists those you may use.",
      "model"
    )
  }
  if (typeof model !== "string") return yield* invalidRequest("invalid_type", "`model` must be a string.", "model")
  record.header.requestedModel = model.slice(0, 256)
  const stream = json["stream"]
  if (stream !== undefined && stream !== null && typeof stream !== "boolean") {
    return yield* invalidRequest("invalid_type", "`stream` must be true or false.", "stream")
  }
  const wrong = wrongType(api, json)
  if (wrong !== undefined) return yield* invalidRequest("invalid_type", wrong.message, wrong.param)
  return request
})

/** The members without which no translator or provider can do anything; the rest is the provider's to judge. */
const wrongType = (
  api: ClientApi,
  json: { readonly [key: string]: unknown }
): { readonly message: string; readonly param: string } | undefined => {
  switch (api) {
    case "chat_completions":
    case "messages": {
      const messages = json["messages"]
      if (!Array.isArray(messages)) return { message: "`messages` must be an array of messages.", param: "messages" }
      const index = messages.findIndex((message) => !isJsonObject(message))
      if (index !== -1) return { message: `\`messages[${index}]\` must be an object.`, param: `messages[${index}]` }
      return undefined
    }
    case "completions":
      return undefined
    case "embeddings":
      return json["input"] === undefined ? { message: "The body has no `input`.", param: "input" } : undefined
  }
}

const parse = (bytes: Uint8Array): unknown => {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    return invalidRequest("invalid_utf8", "The body is not valid UTF-8.")
  }
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes the body.
    return invalidRequest(
      "invalid_json",
      "The body is not valid JSON. Check quotes, commas and brackets, and that it came whole."
    )
  }
}

const unread = (error: BodyError, limit: number): Refusal =>
  error.reason === "too_large"
    ? new Refusal({
        status: 413,
        type: "invalid_request_error",
        code: "body_too_large",
        message: `The body is larger than ${limit} bytes. Send less, or have limits.maxBodyBytes raised.`
      })
    : new Refusal({
        status: 400,
        type: "invalid_request_error",
        code: "body_incomplete",
        message: "The connection ended before the body was whole."
      })
