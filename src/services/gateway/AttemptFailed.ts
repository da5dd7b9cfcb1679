import * as Schema from "effect/Schema"
import { passedOnHeaders } from "./answerHeaders.ts"
import { retryAfterMillis } from "./retryAfter.ts"
import type { UpstreamError, UpstreamHead } from "./Upstream.ts"

/**
 * A provider gave no answer that could go to the client, and nothing has gone to the client yet.
 * `status` is the provider's; without one there was no usable answer at all.
 */
export class AttemptFailed extends Schema.TaggedError<AttemptFailed>()("AttemptFailed", {
  errorType: Schema.String,
  message: Schema.String,
  status: Schema.optional(Schema.Number),
  body: Schema.optional(Schema.Uint8Array),
  retryAfterMs: Schema.optional(Schema.Number),
  /** Headers of the provider's answer that the client may see, as name, value, name, value… */
  headers: Schema.optional(Schema.Array(Schema.String))
}) {}

const MESSAGES: { readonly [reason in UpstreamError["reason"]]: string } = {
  timeout: "The provider did not answer in time.",
  connection_refused: "The provider refused the connection.",
  connection_reset: "The provider closed the connection before its answer was whole.",
  dns: "The provider's host name could not be resolved.",
  tls: "The provider's TLS certificate could not be verified.",
  protocol: "The provider's answer was not valid HTTP."
}

export const timedOut = (errorType: "timeout" | "time_to_first_token_timeout"): AttemptFailed =>
  new AttemptFailed({
    errorType,
    message:
      errorType === "timeout"
        ? "The provider did not answer in time."
        : "The provider's first token did not come in time."
  })

export const unanswered = (error: UpstreamError): AttemptFailed =>
  new AttemptFailed({ errorType: error.reason, message: MESSAGES[error.reason] })

/** A status of 2xx with a body that makes no sense. */
export const malformed = (reason: string, body: Uint8Array): AttemptFailed =>
  new AttemptFailed({
    errorType: "malformed_response",
    message: `The provider's answer could not be understood: ${reason}.`,
    body
  })

/** Any other status. */
export const providerRefused = ({ status, headers }: UpstreamHead, body: Uint8Array): AttemptFailed => {
  const retryAfterMs = retryAfterMillis(headers)
  return new AttemptFailed({
    errorType: String(status),
    message:
      status < 400
        ? `The provider answered ${status}. Redirects are not followed: check the account's baseUrl.`
        : `The provider answered ${status}.`,
    status,
    body,
    headers: passedOnHeaders(headers),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs })
  })
}

/** How a failure without a provider's status looks to the client. */
export const gatewayStatus = (errorType: string): { readonly status: number; readonly code: string } => {
  switch (errorType) {
    case "timeout":
      return { status: 504, code: "provider_timeout" }
    case "time_to_first_token_timeout":
      return { status: 504, code: "time_to_first_token_timeout" }
    case "malformed_response":
    case "protocol":
      return { status: 502, code: "provider_malformed_response" }
    case "response_too_large":
      return { status: 502, code: "provider_response_too_large" }
    case "connection_reset":
    case "stream_interrupted":
      return { status: 502, code: "provider_connection_reset" }
    default:
      return { status: 502, code: "provider_unreachable" }
  }
}
