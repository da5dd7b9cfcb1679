import type { IncomingMessage } from "node:http"
import { decompress } from "./decompress.ts"
import { spanCountOf } from "./HeldTraces.ts"
import { carriesKey, NEEDS_KEY, refusedKey } from "./key.ts"
import { Undecodable } from "./OtlpTrace.ts"
import type { Encoding } from "./otlpAnswer.ts"
import { decodeJson } from "./otlpJson.ts"
import { type Decoded, decodeProtobuf } from "./otlpProtobuf.ts"

/** An export as it was read, before anything is answered. */
export interface Export {
  readonly encoding: Encoding
  readonly decoded: Decoded
  readonly spans: number
  /** The body, decompressed. */
  readonly payload: Uint8Array
  /** As it came. */
  readonly wireBytes: number
}

/** A request that is answered with an error, whatever the script says. */
export interface Refused {
  readonly refused: number
  readonly message: string
  readonly encoding: Encoding
}

const refuse = (refused: number, message: string, encoding: Encoding = "json"): Refused => ({
  refused,
  message,
  encoding
})

export const TOO_LARGE = Symbol()

/** The rest of a body that is too large is read and forgotten, so that the client gets to see the refusal. */
export const readBody = async (
  request: AsyncIterable<Buffer>,
  maxBytes: number
): Promise<Buffer | typeof TOO_LARGE> => {
  const chunks: Array<Buffer> = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size <= maxBytes) chunks.push(chunk)
  }
  return size > maxBytes ? TOO_LARGE : Buffer.concat(chunks)
}

/** Reads and checks an OTLP/HTTP export as Middleware does: path, method, key, content type, size, and what is in it. */
export const readExport = async (
  request: IncomingMessage,
  key: string,
  maxBytes: number
): Promise<Export | Refused> => {
  const type = (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase()
  const encoding: Encoding = type === "application/x-protobuf" ? "proto" : "json"
  const body = await readBody(request, maxBytes)

  const path = (request.url ?? "").split("?", 1)[0]
  if (path !== "/v1/traces") {
    const hint = "traces go to /v1/traces; an exporter uses its traces endpoint as it is and appends no path to it"
    return refuse(404, `nothing is at ${path}: ${hint}`, encoding)
  }
  if (request.method !== "POST") return refuse(405, `${request.method} is not POST`, encoding)
  const authorization = request.headers.authorization ?? ""
  const wrongKey = refusedKey(authorization, key)
  if (wrongKey !== undefined) return refuse(401, wrongKey, encoding)
  if (type !== "application/x-protobuf" && type !== "application/json") {
    return refuse(415, "the content type is neither application/x-protobuf nor application/json")
  }
  if (body === TOO_LARGE) return refuse(413, `the body is larger than ${maxBytes} bytes`, encoding)
  const coding = (request.headers["content-encoding"] || "identity").toLowerCase()
  if (coding !== "gzip" && coding !== "identity") {
    return refuse(415, "the content encoding is neither gzip nor identity", encoding)
  }
  const payload = coding === "gzip" ? await decompress(body, maxBytes) : body
  if (payload === "too large")
    return refuse(413, `the body is larger than ${maxBytes} bytes once decompressed`, encoding)
  if (payload === "broken") return refuse(400, "the body is not gzip", encoding)

  try {
    const decoded = encoding === "proto" ? decodeProtobuf(payload) : decodeJson(payload)
    if (authorization === "" && !carriesKey(decoded.request, key)) return refuse(401, NEEDS_KEY, encoding)
    return { encoding, decoded, spans: spanCountOf(decoded.request), payload, wireBytes: body.length }
  } catch (cause) {
    if (cause instanceof Undecodable) return refuse(400, cause.message, encoding)
    throw cause
  }
}
