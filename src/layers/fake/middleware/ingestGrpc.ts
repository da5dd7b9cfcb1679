import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2"
import { decompress } from "./decompress.ts"
import type { GrpcStatus } from "./GrpcStatus.ts"
import { spanCountOf } from "./HeldTraces.ts"
import { type Export, readBody, TOO_LARGE } from "./ingest.ts"
import { carriesKey, NEEDS_KEY, refusedKey } from "./key.ts"
import { Undecodable } from "./OtlpTrace.ts"
import { decodeProtobuf } from "./otlpProtobuf.ts"

/** Where a traces exporter calls. */
export const EXPORT_PATH = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"

/** A call that is answered with an error, whatever the script says. */
export interface RefusedCall {
  readonly refused: GrpcStatus
}

const refuse = (code: GrpcStatus["code"], message: string): RefusedCall => ({ refused: { code, message } })

const PREFIX_BYTES = 5

/** Reads and checks an OTLP/gRPC export as Middleware does: path, key, framing, size, and what is in it. */
export const readGrpcExport = async (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  key: string,
  maxBytes: number
): Promise<Export | RefusedCall> => {
  const body = await readBody(stream, maxBytes + PREFIX_BYTES)
  if (headers[":path"] !== EXPORT_PATH) return refuse("UNIMPLEMENTED", `nothing is at ${headers[":path"]}`)
  const authorization = headers.authorization ?? ""
  const wrongKey = refusedKey(authorization, key)
  if (wrongKey !== undefined) return refuse("UNAUTHENTICATED", wrongKey)
  if (body === TOO_LARGE) return refuse("RESOURCE_EXHAUSTED", `Received message larger than max (${maxBytes} bytes)`)
  if (body.length < PREFIX_BYTES || body.readUInt32BE(1) !== body.length - PREFIX_BYTES) {
    return refuse("INTERNAL", "the call is not one whole message")
  }
  const message = body.subarray(PREFIX_BYTES)
  const compressed = body[0] === 1
  if (compressed && headers["grpc-encoding"] !== "gzip") return refuse("UNIMPLEMENTED", "the compression is not gzip")
  const payload = compressed ? await decompress(message, maxBytes) : message
  if (payload === "too large")
    return refuse("RESOURCE_EXHAUSTED", `Received message larger than max (${maxBytes} bytes)`)
  if (payload === "broken") return refuse("INTERNAL", "the message is not gzip")

  try {
    const decoded = decodeProtobuf(payload)
    if (authorization === "" && !carriesKey(decoded.request, key)) return refuse("UNAUTHENTICATED", NEEDS_KEY)
    return { encoding: "proto", decoded, spans: spanCountOf(decoded.request), payload, wireBytes: message.length }
  } catch (cause) {
    if (cause instanceof Undecodable) return refuse("INTERNAL", cause.message)
    throw cause
  }
}
