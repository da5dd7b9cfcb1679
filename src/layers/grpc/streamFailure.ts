import { constants } from "node:http2"
import { NO_STATUS } from "../../services/export/grpcDeliveryRules.ts"
import { Retryable } from "../../services/export/TraceSink.ts"
import { classify } from "../undici/classify.ts"

/**
 * Why a stream has closed without trailers. All of it may be tried again: nobody has said whether the request was taken.
 * `rstCode` is what the server reset it with; a connection that is gone resets its streams with any.
 */
export const streamFailure = (
  error: Error | undefined,
  rstCode: number | undefined,
  connectionGone: boolean
): Retryable => {
  const cause = causeOf(error)
  if (cause !== undefined) return new Retryable({ reason: reasonOf(cause) })
  if (connectionGone) return new Retryable({ reason: "connection_reset" })
  switch (rstCode) {
    case constants.NGHTTP2_NO_ERROR:
      return new Retryable({ reason: NO_STATUS })
    case constants.NGHTTP2_REFUSED_STREAM:
      return new Retryable({ reason: "grpc_unavailable" })
    case constants.NGHTTP2_CANCEL:
      return new Retryable({ reason: "grpc_cancelled" })
    default:
      return new Retryable({ reason: "connection_reset" })
  }
}

/** Of a stream that did not fail by itself: why its connection did. */
const causeOf = (error: Error | undefined): Error | undefined => {
  const code = codeOf(error)
  if (code === "ERR_HTTP2_STREAM_ERROR") return undefined
  if (code !== "ERR_HTTP2_STREAM_CANCEL") return error
  return error?.cause instanceof Error ? error.cause : undefined
}

const reasonOf = (cause: Error): string => {
  const code = codeOf(cause)
  // The bytes are no HTTP/2.
  return code === "ERR_HTTP2_ERROR" ? "protocol" : classify(cause)
}

const codeOf = (error: Error | undefined): unknown => (error !== undefined && "code" in error ? error.code : undefined)
