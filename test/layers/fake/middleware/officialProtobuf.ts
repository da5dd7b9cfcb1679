import { join } from "node:path"
import { fileURLToPath } from "node:url"
import protobuf from "protobufjs"
import type { ExportTraceServiceRequest } from "../../../../src/layers/fake/middleware/OtlpTrace.ts"

const folder = fileURLToPath(new URL("../../../fixtures/otlp/proto", import.meta.url))

const root = new protobuf.Root()
root.resolvePath = (_, target) => join(folder, target)
root.loadSync("opentelemetry/proto/collector/trace/v1/trace_service.proto")

const lookup = (name: string) => root.lookupType(`opentelemetry.proto.collector.trace.v1.${name}`)

const Request = lookup("ExportTraceServiceRequest")
const Response = lookup("ExportTraceServiceResponse")

const IDS = new Set(["traceId", "spanId", "parentSpanId"])

/** The model in the form protobufjs builds messages from: ids as bytes, 64-bit numbers as decimal text. */
const forProtobufjs = (value: unknown, key = ""): unknown => {
  if (typeof value === "bigint") return value.toString()
  if (typeof value === "string" && IDS.has(key)) return Buffer.from(value, "hex")
  if (Array.isArray(value)) return value.map((item) => forProtobufjs(item))
  if (value instanceof Uint8Array || typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, forProtobufjs(member, name)]))
}

/** A request encoded by protobufjs with the official .proto files. */
export const encodeOfficially = (request: ExportTraceServiceRequest): Uint8Array =>
  Request.encode(Request.fromObject(forProtobufjs(request) as { [key: string]: unknown })).finish()

/** A response read by protobufjs with the official .proto files. */
export const decodeResponseOfficially = (bytes: Uint8Array): { [key: string]: unknown } =>
  Response.toObject(Response.decode(bytes), { longs: String })

/** The model by the rules of OTLP/JSON. */
export const toOtlpJson = (value: unknown): unknown => {
  if (typeof value === "bigint") return value.toString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64")
  if (Array.isArray(value)) return value.map(toOtlpJson)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toOtlpJson(member)]))
}
