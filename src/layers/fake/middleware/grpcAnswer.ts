import type { OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2"
import { pause } from "../pause.ts"
import { type GrpcStatus, grpcCodeOf, grpcCodes } from "./GrpcStatus.ts"
import { successBody } from "./otlpAnswer.ts"
import { lengthDelimited, varintField } from "./protoBytes.ts"
import type { ScriptedAnswer } from "./ScriptedAnswer.ts"

export const grpcStatusOf = (answer: ScriptedAnswer): GrpcStatus => {
  if (answer.grpc !== undefined) return answer.grpc
  const status = answer.status ?? 200
  const code = grpcCodeOf(status)
  return code === "OK" ? { code } : { code, message: `The fake Middleware answers ${status}.` }
}

/** `google.rpc.Status` with one detail. */
const statusDetails = ({ code, message, retryInfo }: GrpcStatus): Uint8Array | undefined => {
  if (retryInfo === undefined) return undefined
  const { delayMs } = retryInfo
  const seconds = Math.trunc((delayMs ?? 0) / 1000)
  const duration = [varintField(1, seconds), varintField(2, ((delayMs ?? 0) - seconds * 1000) * 1e6)]
  const info = delayMs === undefined ? new Uint8Array(0) : lengthDelimited(1, Buffer.concat(duration))
  const any = [lengthDelimited(1, "type.googleapis.com/google.rpc.RetryInfo"), lengthDelimited(2, info)]
  const fields = [
    varintField(1, grpcCodes[code]),
    lengthDelimited(2, message ?? ""),
    lengthDelimited(3, Buffer.concat(any))
  ]
  return Buffer.concat(fields)
}

/** Of a status message, all but the printable characters of ASCII. */
const percentEncoded = (message: string): string => message.toWellFormed().replace(/[^ -~]|%/gu, encodeURIComponent)

const trailersOf = (status: GrpcStatus): OutgoingHttpHeaders => {
  const details = statusDetails(status)
  return {
    "grpc-status": String(grpcCodes[status.code]),
    ...(status.message === undefined ? {} : { "grpc-message": percentEncoded(status.message) }),
    ...(details === undefined ? {} : { "grpc-status-details-bin": Buffer.from(details).toString("base64") })
  }
}

/** The prefix of a message: whether it is compressed, and its length. */
const framed = (message: Uint8Array, compressed: boolean): Buffer => {
  const prefix = Buffer.alloc(5)
  prefix.writeUInt8(compressed ? 1 : 0, 0)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

/** A call that ends without a message. */
export const endWith = (stream: ServerHttp2Stream, status: GrpcStatus): void => {
  stream.respond({ ":status": 200, "content-type": "application/grpc", ...trailersOf(status) }, { endStream: true })
}

/** Plays an answer to a gRPC call. Ends early when the client has left. */
export const playGrpc = async (stream: ServerHttp2Stream, answer: ScriptedAnswer): Promise<void> => {
  if (answer.delayMs !== undefined) await pause(answer.delayMs, stream)
  if (answer.hang || stream.destroyed) return
  if (answer.reset === "before-head") {
    stream.session?.socket.resetAndDestroy()
    return
  }
  const status = grpcStatusOf(answer)
  if (status.code !== "OK") return endWith(stream, status)
  const headers = { ":status": 200, "content-type": "application/grpc", ...answer.headers }
  const body = answer.body === undefined ? successBody("proto", answer.partialSuccess) : Buffer.from(answer.body)
  const message = framed(body, "grpc-encoding" in headers)
  stream.respond(headers, { waitForTrailers: true })
  stream.on("wantTrailers", () => stream.sendTrailers(trailersOf(status)))
  if (answer.reset === "mid-body") {
    const { session } = stream
    stream.write(message.subarray(0, message.length >> 1), () => session?.socket.resetAndDestroy())
    return
  }
  if (answer.dripMs !== undefined) {
    for (const byte of message.subarray(0, -1)) {
      stream.write(Uint8Array.of(byte))
      await pause(answer.dripMs, stream)
      if (stream.destroyed) return
    }
  }
  stream.end(answer.dripMs === undefined ? message : message.subarray(-1))
}
