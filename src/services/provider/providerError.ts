import type { ClientApi, JsonObject } from "./Api.ts"
import { isJsonObject } from "./Api.ts"
import { type ErrorDetail, errorBody, errorTypeOf } from "./errorEnvelope.ts"
import { arrayOf, objectOf, parseJson, textOf } from "./json.ts"

/** A longer plain-text answer is a page for people, not a message. */
const MAX_PLAIN_TEXT = 500

/**
 * A provider's error body as the client's envelope: OpenAI's, Anthropic's, Azure's, Google's, Mistral's, FastAPI's,
 * plain text, a page of HTML, nothing at all. Any bytes give a valid envelope; a body that is the client's
 * own envelope already is returned as it came.
 */
export const translateError = (api: ClientApi, status: number, body: Uint8Array): Uint8Array => {
  const json = parseJson(body)
  if (isEnvelope(api, json)) return body
  const said = readError(Array.isArray(json) ? json[0] : json) ?? { message: plainText(json, body) }
  return errorBody(api, {
    status,
    type: textOf(said.type) ?? errorTypeOf(api, status),
    code: codeOf(said.code),
    message: said.message ?? `The provider answered ${status} without saying why.`,
    param: textOf(said.param) ?? null
  })
}

/**
 * The error that an event inside a stream carries; `undefined` where it carries none. One with the `name` of error is one
 * whatever it carries, as it is to the SDKs.
 */
export const streamError = (data: JsonObject, name?: string): ErrorDetail | undefined => {
  const enveloped = data["error"] !== undefined && data["error"] !== null
  if (!enveloped && name !== "error") return undefined
  const said = readError(enveloped ? data : { error: data }) ?? {}
  return {
    type: textOf(said.type) ?? codeOf(said.code) ?? "server_error",
    code: codeOf(said.code),
    message: said.message ?? "The provider broke off its answer without saying why.",
    param: textOf(said.param) ?? null
  }
}

interface Said {
  readonly message?: string | undefined
  readonly type?: unknown
  readonly code?: unknown
  readonly param?: unknown
}

const isEnvelope = (api: ClientApi, json: unknown): boolean => {
  const error = objectOf(json)?.["error"]
  if (!isJsonObject(json) || !isJsonObject(error) || textOf(error["message"]) === undefined) return false
  const anthropic = json["type"] === "error"
  return api === "messages" ? anthropic && textOf(error["type"]) !== undefined : !anthropic
}

const readError = (json: unknown): Said | undefined => {
  if (!isJsonObject(json)) return undefined
  const error = json["error"]
  if (isJsonObject(error)) {
    return {
      message: textOf(error["message"]) ?? textOf(error["detail"]),
      type: error["type"] ?? error["status"],
      code: error["code"],
      param: error["param"]
    }
  }
  const { code, param, type } = json
  if (typeof error === "string")
    return { message: textOf(error), code, param, type: type === "error" ? undefined : type }
  const message = detailText(json["message"]) ?? detailText(json["detail"] ?? json["errors"])
  return message === undefined ? undefined : { message, code, param, type: type === "error" ? undefined : type }
}

/** FastAPI gives a list of `{loc, msg, type}`, Mistral an object around it, others a string. */
const detailText = (detail: unknown, depth = 3): string | undefined => {
  if (typeof detail === "string") return textOf(detail)
  if (depth === 0) return undefined
  if (isJsonObject(detail)) {
    return textOf(detail["message"]) ?? textOf(detail["msg"]) ?? detailText(detail["detail"], depth - 1)
  }
  const lines = arrayOf(detail).flatMap((item) => {
    const message = detailText(item, depth - 1)
    const place = arrayOf(objectOf(item)?.["loc"]).filter(
      (step) => typeof step === "string" || typeof step === "number"
    )
    return message === undefined ? [] : [place.length === 0 ? message : `${place.join(".")}: ${message}`]
  })
  return textOf(lines.join("; "))
}

const decoder = new TextDecoder("utf-8", { fatal: true })

const plainText = (json: unknown, body: Uint8Array): string | undefined => {
  if (typeof json === "string") return textOf(json)
  if (json !== undefined || body.length > MAX_PLAIN_TEXT) return undefined
  try {
    const text = decoder.decode(body).trim()
    return text.startsWith("<") || text.startsWith("{") || text.startsWith("[") ? undefined : textOf(text)
  } catch {
    return undefined
  }
}

const codeOf = (code: unknown): string | null =>
  typeof code === "number" ? String(code) : typeof code === "string" && code !== "" ? code : null
