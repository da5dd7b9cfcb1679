import { Socket } from "node:net"
import type { Duplex } from "node:stream"
import type { Peer, Unreadable } from "../../services/gateway/unreadableRequest.ts"

export const MAX_HEADER_BYTES = 32 * 1024

/** Long enough to read a few words; a client that stays longer is let go. */
const LINGER_MS = 1000

/**
 * Bytes that are no HTTP request never become one; the client is told why, as far as it listens. Not in the middle of
 * an answer: there the words would be taken for a part of it.
 */
export const refuseConnection = (
  error: NodeJS.ErrnoException,
  socket: Duplex,
  answering: boolean,
  trace: (peer: Peer, reason: Unreadable) => string | undefined
): void => {
  if (answering || error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy()
    return
  }
  const { status, code, message } = reasons[error.code ?? ""] ?? MALFORMED
  const peer = socket instanceof Socket ? { address: socket.remoteAddress, port: socket.remotePort } : NOBODY
  // Who leaves in the middle of a head has asked for nothing yet.
  const left = error.code === "HPE_INVALID_EOF_STATE"
  const traceId = left ? undefined : trace(peer, { status: Number.parseInt(status, 10), code, message })
  const body = JSON.stringify({ error: { message, type: "invalid_request_error", code, param: null } })
  if (socket instanceof Socket) socket.setTimeout(LINGER_MS, () => socket.destroy())
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\n${traceId === undefined ? "" : `x-trace-id: ${traceId}\r\n`}content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`
  )
}

const NOBODY = { address: undefined, port: undefined }

const MALFORMED = {
  status: "400 Bad Request",
  code: "malformed_http",
  message: "This is not a valid HTTP/1.1 request."
}

const reasons: { readonly [code: string]: typeof MALFORMED } = {
  HPE_HEADER_OVERFLOW: {
    status: "431 Request Header Fields Too Large",
    code: "headers_too_large",
    message: `The request's headers are larger than ${MAX_HEADER_BYTES} bytes.`
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: "408 Request Timeout",
    code: "request_timeout",
    message: "The request did not come whole in time."
  }
}
