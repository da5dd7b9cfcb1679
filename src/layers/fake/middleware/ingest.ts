import type { IncomingMessage } from "node:http"
import { promisify } from "node:util"
import { gunzip } from "node:zlib"
import { attributeText, spanCountOf } from "./HeldTraces.ts"
import { Undecodable } from "./OtlpTrace.ts"
import type { Encoding } from "./otlpAnswer.ts"
import { decodeJson } from "./otlpJson.ts"
import { type Decoded, decodeProtobuf } from "./otlpProtobuf.ts"

const gunzipAsync = promisify(gunzip)

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

const TOO_LARGE = Symbol()

/** The rest of a body that is too large is read and forgotten, so that the client gets to see the 413. */
const readBody = async (request: IncomingMessage, maxBytes: number): Promise<Buffer | typeof TOO_LARGE> => {
  const chunks: Array<Buffer> = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size <= maxBytes) chunks.push(chunk)
  }
  return size > maxBytes ? TOO_LARGE : Buffer.concat(chunks)
}

const decompress = async (
  body: Uint8Array,
  encoding: string,
  maxBytes: number
): Promise<Uint8Array | "unsupported" | "too large" | "broken"> => {
  if (encoding === "" || encoding === "identity") return body
  if (encoding !== "gzip") return "unsupported"
  try {
    return await gunzipAsync(body, { maxOutputLength: maxBytes })
  } catch (cause) {
    const tooLarge = cause instanceof Error && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE"
    return tooLarge ? "too large" : "broken"
  }
}

/** The key may also ride in every resource, which is what Middleware's own agent does. */
const carriesKey = (decoded: Decoded, key: string): boolean =>
  decoded.request.resourceSpans.length > 0 &&
  decoded.request.resourceSpans.every(({ resource }) => attributeText(resource.attributes, "mw.account_key") === key)

const NEEDS_KEY = "the key is missing: send it as it is in Authorization, or in the resource attribute mw.account_key"

/** Reads and checks an export as Middleware does: path, method, key, content type, size, and what is in it. */
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
  if (/^bearer\b/i.test(authorization)) {
    return refuse(401, "Authorization has to be the key itself, without Bearer before it", encoding)
  }
  if (authorization !== "" && authorization !== key) return refuse(401, "the key in Authorization is wrong", encoding)
  if (type !== "application/x-protobuf" && type !== "application/json") {
    return refuse(415, "the content type is neither application/x-protobuf nor application/json")
  }
  if (body === TOO_LARGE) return refuse(413, `the body is larger than ${maxBytes} bytes`, encoding)
  const payload = await decompress(body, (request.headers["content-encoding"] ?? "").toLowerCase(), maxBytes)
  if (payload === "unsupported") return refuse(415, "the content encoding is neither gzip nor identity", encoding)
  if (payload === "too large")
    return refuse(413, `the body is larger than ${maxBytes} bytes once decompressed`, encoding)
  if (payload === "broken") return refuse(400, "the body is not gzip", encoding)

  try {
    const decoded = encoding === "proto" ? decodeProtobuf(payload) : decodeJson(payload)
    if (authorization === "" && !carriesKey(decoded, key)) return refuse(401, NEEDS_KEY, encoding)
    return { encoding, decoded, spans: spanCountOf(decoded.request), payload, wireBytes: body.length }
  } catch (cause) {
    if (cause instanceof Undecodable) return refuse(400, cause.message, encoding)
    throw cause
  }
}
