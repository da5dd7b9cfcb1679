import type { UpstreamError } from "../../services/gateway/Upstream.ts"

const REASONS: { readonly [code: string]: UpstreamError["reason"] } = {
  ECONNREFUSED: "connection_refused",
  EHOSTUNREACH: "connection_refused",
  ENETUNREACH: "connection_refused",
  ECONNRESET: "connection_reset",
  EPIPE: "connection_reset",
  UND_ERR_SOCKET: "connection_reset",
  // The connection ended before the length that the head announced.
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "connection_reset",
  ETIMEDOUT: "timeout",
  UND_ERR_CONNECT_TIMEOUT: "timeout",
  UND_ERR_HEADERS_TIMEOUT: "timeout",
  UND_ERR_BODY_TIMEOUT: "timeout",
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
  EPROTO: "tls"
}

/** undici's parser, which gives no code. */
const PARSER_ERROR = "HTTPParserError"
/** In its message when the connection ended inside an answer. */
const CUT_SHORT = "EOF"

/** Node's and undici's error codes as the few that a trace tells apart. */
export const classify = (cause: Error): UpstreamError["reason"] => {
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : ""
  const known = REASONS[code]
  if (known !== undefined) return known
  if (cause.name === PARSER_ERROR) return cause.message.includes(CUT_SHORT) ? "connection_reset" : "protocol"
  if (code.startsWith("HPE_") || code.startsWith("UND_ERR_")) return "protocol"
  if (code.startsWith("ERR_TLS") || code.startsWith("ERR_SSL") || code.includes("CERT") || code.includes("SIGNATURE")) {
    return "tls"
  }
  // `connect` to several addresses at once fails with all their errors together.
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return classify(cause.errors[0])
  return "connection_reset"
}
