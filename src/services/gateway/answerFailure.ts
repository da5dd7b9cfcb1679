import * as Cause from "effect/Cause"
import * as Option from "effect/Option"
import type { ClientApi } from "../provider/Api.ts"
import { errorBody, streamErrorEvent } from "../provider/errorEnvelope.ts"
import { translatorFor } from "../provider/translators.ts"
import type { TraceRecord } from "../trace/TraceRecord.ts"
import { type AttemptFailed, gatewayStatus } from "./AttemptFailed.ts"
import { identityHeaders } from "./answerHeaders.ts"
import type { Exchange } from "./Exchange.ts"
import { Refusal } from "./Refusal.ts"
import type { RouteMatch } from "./routes.ts"

/**
 * Tells the client what went wrong, in the envelope of the API it called, and notes it in the trace. After the head
 * has gone only the stream itself can say it.
 */
export const answerFailure = (
  exchange: Exchange,
  record: TraceRecord,
  match: RouteMatch,
  cause: Cause.Cause<Refusal | AttemptFailed>
): void => {
  const api: ClientApi = "api" in match ? match.api : "chat_completions"
  const error = Option.getOrUndefined(Cause.findErrorOption(cause)) ?? unexpected(cause)
  if (exchange.headSent()) {
    if (error._tag === "Refusal") {
      record.header.errorType ??= error.code
      record.header.errorMessage ??= error.message
    }
    exchange.end(
      record.header.stream === undefined
        ? undefined
        : streamErrorEvent(api, { type: "api_error", code: "stream_interrupted", message: error.message })
    )
    return
  }

  const { status, code, body } = error._tag === "Refusal" ? refused(api, error) : failed(api, record, error)
  record.header.status = status
  record.header.errorType = code
  record.header.errorMessage = error.message
  const headers = identityHeaders(record.header, "application/json")
  headers.push("content-length", String(body.length))
  if (error._tag === "AttemptFailed" && error.headers !== undefined) headers.push(...error.headers)
  if (match._tag === "MethodNotAllowed") headers.push("allow", match.allow)
  exchange.writeHead(status, headers)
  exchange.end(body)
}

interface ErrorAnswer {
  readonly status: number
  readonly code: string
  readonly body: Uint8Array
}

const refused = (api: ClientApi, { status, type, code, message, param }: Refusal): ErrorAnswer => ({
  status,
  code,
  body: errorBody(api, { status, type, code, message, ...(param === undefined ? {} : { param }) })
})

/**
 * A provider's error keeps its status, with its body translated. A redirect, or a status that HTTP does not know, means
 * nothing to the client and becomes a 502; where there was no answer at all, the gateway's own 502 or 504 says why.
 */
const failed = (api: ClientApi, record: TraceRecord, error: AttemptFailed): ErrorAnswer => {
  const provider = record.attempt?.api
  const translator = provider === undefined ? undefined : translatorFor(api, provider)
  if (error.status !== undefined && isError(error.status) && translator !== undefined) {
    return {
      status: error.status,
      code: `provider_${error.status}`,
      body: translator.error(error.status, error.body ?? new Uint8Array())
    }
  }
  const { status, code } =
    error.status === undefined
      ? gatewayStatus(error.errorType)
      : { status: 502, code: isRedirect(error.status) ? "provider_redirect" : "provider_unknown_status" }
  return { status, code, body: errorBody(api, { status, type: "api_error", code, message: error.message }) }
}

const isError = (status: number): boolean => status >= 400 && status <= 599

const isRedirect = (status: number): boolean => status >= 300 && status <= 399

const unexpected = (cause: Cause.Cause<unknown>): Refusal =>
  Cause.hasInterruptsOnly(cause)
    ? new Refusal({
        status: 503,
        type: "api_error",
        code: "gateway_shutdown",
        message: "The gateway is shutting down. Try again."
      })
    : new Refusal({
        status: 500,
        type: "api_error",
        code: "internal_error",
        message: "The gateway failed. Its log says why."
      })
