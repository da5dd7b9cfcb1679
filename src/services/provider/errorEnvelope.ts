import type { ClientApi } from "./Api.ts"
import { encodeText } from "./json.ts"
import { sseText } from "./sse.ts"

/** An error as told to a caller; the words are the gateway's or the provider's, never the request's. */
export interface ErrorDetail {
  /** `invalid_request_error`, `rate_limit_error`… */
  readonly type: string
  readonly code: string | null
  readonly message: string
  /** The offending member of the request. */
  readonly param?: string | null
}

/** The body of an error answer in the client's dialect: OpenAI's envelope, Anthropic's on `/v1/messages`. */
export const errorBody = (api: ClientApi, error: ErrorDetail & { readonly status: number }): Uint8Array =>
  encodeText(envelope(api, error, error.status))

/**
 * An error inside a stream whose head was sent: bytes that make the official SDK of the dialect throw.
 * They begin with a blank line, so that they hold even where the stream was cut inside an event. Half an event becomes a
 * ping where there are pings: Anthropic's SDKs pass over those, and would stumble over half an object.
 */
export const streamErrorEvent = (api: ClientApi, error: ErrorDetail): Uint8Array =>
  encodeText(`${api === "messages" ? "\nevent: ping" : ""}\n\n${streamErrorText(api, error)}`)

/** The same as one event, for a stream that stands between two events. */
export const streamErrorText = (api: ClientApi, error: ErrorDetail): string =>
  api === "messages"
    ? sseText(envelope(api, error, 500), "error")
    : api === "responses"
      ? sseText(responsesError(error), "error")
      : sseText(envelope(api, error, 500))

/** The dialect's own `error` event. Its schema demands a number; the gateway does not count a provider's events. */
const responsesError = ({ code, message, param, type }: ErrorDetail): string =>
  JSON.stringify({ type: "error", code: code ?? type, message, param: param ?? null, sequence_number: 0 })

/** What an answer of this status is called where its body does not say. */
export const errorTypeOf = (api: ClientApi, status: number): string =>
  api === "messages" ? anthropicType(status) : openAiType(status)

const envelope = (api: ClientApi, error: ErrorDetail, status: number): string =>
  api === "messages"
    ? JSON.stringify({
        type: "error",
        error: { type: ANTHROPIC_TYPES.has(error.type) ? error.type : anthropicType(status), message: error.message }
      })
    : JSON.stringify({
        error: { message: error.message, type: error.type, param: error.param ?? null, code: error.code }
      })

/** Anthropic's own types. `invalid_request_error` is left to the status: it is OpenAI's word for nearly every 4xx. */
const ANTHROPIC_TYPES: ReadonlySet<string> = new Set([
  "authentication_error",
  "billing_error",
  "permission_error",
  "not_found_error",
  "request_too_large",
  "rate_limit_error",
  "timeout_error",
  "overloaded_error",
  "api_error"
])

const anthropicType = (status: number): string => {
  switch (status) {
    case 401:
      return "authentication_error"
    case 402:
      return "billing_error"
    case 403:
      return "permission_error"
    case 404:
      return "not_found_error"
    case 408:
    case 504:
      return "timeout_error"
    case 413:
      return "request_too_large"
    case 429:
      return "rate_limit_error"
    case 503:
    case 529:
      return "overloaded_error"
    default:
      return status >= 500 ? "api_error" : "invalid_request_error"
  }
}

const openAiType = (status: number): string => {
  switch (status) {
    case 401:
      return "authentication_error"
    case 403:
      return "permission_error"
    case 408:
    case 504:
      return "timeout_error"
    case 429:
      return "rate_limit_error"
    default:
      return status >= 500 ? "server_error" : "invalid_request_error"
  }
}
