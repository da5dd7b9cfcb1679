import {
  type ClientHttp2Session,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders
} from "node:http2"
import * as Result from "effect/Result"
import { responseTooLarge } from "../../services/export/deliveryRules.ts"
import { codeOfHttp, NO_STATUS, readGrpcStatus } from "../../services/export/grpcDeliveryRules.ts"
import { Permanent, Retryable } from "../../services/export/TraceSink.ts"
import { MessageReader } from "./MessageReader.ts"
import { streamFailure } from "./streamFailure.ts"

/** What a server answered. */
export interface GrpcReply {
  readonly code: number
  /** The status message. */
  readonly details: string
  /** `google.rpc.Status`, where the trailers have one. */
  readonly statusDetails: Uint8Array | undefined
  /** Of an OK; `undefined` when none came, or none that can be read. */
  readonly message: Uint8Array | undefined
}

export type GrpcResult = Result.Result<GrpcReply, Retryable | Permanent>

type Head = IncomingHttpHeaders & IncomingHttpStatusHeader

/**
 * One unary call, whose request is sent in the given pieces. Concludes once: with the status that the server's trailers
 * hold, and with a failure where there are none, where they have no status that can be read, and where the answer is no
 * gRPC. A message alone says nothing: a proxy may have sent it, and then have lost its server.
 */
export const unaryCall = (
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  request: ReadonlyArray<Uint8Array>,
  conclude: (result: GrpcResult) => void
): void => {
  const stream = session.request(headers)
  const reader = new MessageReader()
  let head: Head = {}
  let trailers: IncomingHttpHeaders | undefined
  let failure: Error | undefined
  let concluded = false
  const settle = (result: GrpcResult) => {
    if (concluded) return
    concluded = true
    conclude(result)
    // The server may have answered before it had read all of the request.
    if (!stream.writableFinished || !stream.readableEnded) stream.close(constants.NGHTTP2_CANCEL)
  }

  stream.on("response", (received, flags) => {
    head = received
    if ((flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0) trailers = received
    const other = otherProtocol(received)
    if (other !== undefined) settle(other)
  })
  stream.on("data", (piece: Buffer) => {
    if (!reader.push(piece)) settle(Result.fail(responseTooLarge()))
  })
  stream.on("trailers", (received) => {
    trailers = received
  })
  stream.on("end", () => {
    if (trailers !== undefined) settle(replyOf(head, trailers, reader))
    // Of a request that the server has not read, nothing more would be heard. Closed, it is no answer that has ended.
    else if (!stream.closed && !session.destroyed) settle(replyOf(head, {}, reader))
  })
  stream.on("error", (error) => {
    failure = error
  })
  stream.on("close", () => settle(Result.fail(streamFailure(failure, stream.rstCode, session.destroyed))))
  for (const piece of request) stream.write(piece)
  stream.end()
}

/** `application/grpc-web` is another protocol. */
const GRPC = /^application\/grpc(?:[+;\s]|$)/i

/** What comes of an answer that is no gRPC, which its head already tells. */
const otherProtocol = (head: Head): GrpcResult | undefined => {
  const status = head[":status"] ?? 0
  const type = head["content-type"]
  // Following would hand our credentials to whoever the answer names.
  if (status >= 300 && status < 400) return Result.fail(new Permanent({ reason: "redirect", fault: "misconfigured" }))
  if (type !== undefined && GRPC.test(type)) return undefined
  if (status !== 200) return Result.succeed(httpReply(status))
  return type === undefined
    ? undefined
    : Result.fail(
        new Permanent({ reason: "not_grpc", message: "the answer is not application/grpc", fault: "misconfigured" })
      )
}

const httpReply = (status: number): GrpcReply => ({
  code: codeOfHttp(status),
  details: `the answer is HTTP ${status}`,
  statusDetails: undefined,
  message: undefined
})

const replyOf = (head: Head, trailers: IncomingHttpHeaders, reader: MessageReader): GrpcResult => {
  const code = readGrpcStatus(textOf(trailers["grpc-status"]))
  if (code === undefined) {
    const status = head[":status"]
    return status === 200 || status === undefined
      ? Result.fail(new Retryable({ reason: NO_STATUS }))
      : Result.succeed(httpReply(status))
  }
  const details = percentDecoded(textOf(trailers["grpc-message"]) ?? "")
  const encoded = textOf(trailers["grpc-status-details-bin"])
  const statusDetails = encoded === undefined ? undefined : Buffer.from(encoded, "base64")
  const message = code === 0 ? reader.message(textOf(head["grpc-encoding"])) : Result.succeed(undefined)
  return Result.map(message, (message): GrpcReply => ({ code, details, statusDetails, message }))
}

const textOf = (value: string | ReadonlyArray<string> | undefined): string | undefined =>
  typeof value === "string" ? value : value?.[0]

/** Servers that do not encode their words are forgiven. */
const percentDecoded = (words: string): string => {
  try {
    return decodeURIComponent(words)
  } catch {
    return words
  }
}
