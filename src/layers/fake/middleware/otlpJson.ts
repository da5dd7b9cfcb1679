import { isJsonObject, type JsonObject } from "../../../services/provider/Api.ts"
import {
  type AnyValue,
  type InstrumentationScope,
  type KeyValue,
  type OtlpSpan,
  type Resource,
  type ResourceSpans,
  type ScopeSpans,
  type SpanEvent,
  type SpanLink,
  Undecodable
} from "./OtlpTrace.ts"
import type { Decoded } from "./otlpProtobuf.ts"

/** JSON's form of OTLP: hex ids, enums as integers, 64-bit numbers as decimal strings, lowerCamelCase. */
class JsonReader {
  readonly unknownFields = new Set<string>()

  object(name: string, value: unknown, fields: ReadonlyArray<string>): JsonObject {
    if (value === undefined || value === null) return {}
    if (!isJsonObject(value)) throw new Undecodable(`${name} is not an object`)
    for (const key of Object.keys(value)) if (!fields.includes(key)) this.unknownFields.add(`${name}.${key}`)
    return value
  }
}

const wrong = (key: string, what: string) => new Undecodable(`${key} is not ${what}`)

const list = (from: JsonObject, key: string): ReadonlyArray<unknown> => {
  const value = from[key] ?? []
  if (!Array.isArray(value)) throw wrong(key, "a list")
  return value
}

const text = (from: JsonObject, key: string): string => {
  const value = from[key] ?? ""
  if (typeof value !== "string") throw wrong(key, "a string")
  return value
}

const uint32 = (from: JsonObject, key: string): number => {
  const value = Number(from[key] ?? 0)
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) throw wrong(key, "a 32-bit number")
  return value
}

const enumeration = (from: JsonObject, key: string): number => {
  // The OTLP mapping forbids the enums' names, which JSON protobuf otherwise allows.
  if (typeof (from[key] ?? 0) !== "number") throw wrong(key, "an integer")
  return uint32(from, key)
}

const int64 = (value: unknown, key: string): bigint => {
  if (typeof value === "string" && /^-?\d{1,20}$/.test(value)) return BigInt(value)
  if (typeof value === "number" && Number.isInteger(value)) return BigInt(value)
  throw wrong(key, "a 64-bit number")
}

const hex = (from: JsonObject, key: string, digits: number): string => {
  const value = text(from, key)
  if (value !== "" && (value.length !== digits || !/^[0-9a-fA-F]+$/.test(value)))
    throw wrong(key, `${digits} hex digits`)
  return value.toLowerCase()
}

const doubleOf = (value: unknown): number => {
  if (typeof value === "number") return value
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value)
  throw wrong("doubleValue", "a number")
}

const valueFields = ["stringValue", "boolValue", "intValue", "doubleValue", "arrayValue", "kvlistValue", "bytesValue"]

const anyValue = (json: JsonReader, from: unknown): AnyValue => {
  const value = json.object("AnyValue", from, valueFields)
  if (value["stringValue"] !== undefined) return { stringValue: text(value, "stringValue") }
  if (value["boolValue"] !== undefined) {
    if (typeof value["boolValue"] !== "boolean") throw wrong("boolValue", "a boolean")
    return { boolValue: value["boolValue"] }
  }
  if (value["intValue"] !== undefined) return { intValue: int64(value["intValue"], "intValue") }
  if (value["doubleValue"] !== undefined) return { doubleValue: doubleOf(value["doubleValue"]) }
  if (value["arrayValue"] !== undefined) {
    const array = json.object("ArrayValue", value["arrayValue"], ["values"])
    return { arrayValue: { values: list(array, "values").map((item) => anyValue(json, item)) } }
  }
  if (value["kvlistValue"] !== undefined) {
    return {
      kvlistValue: { values: attributes(json, json.object("KeyValueList", value["kvlistValue"], ["values"]), "values") }
    }
  }
  if (value["bytesValue"] !== undefined) {
    return { bytesValue: Uint8Array.from(Buffer.from(text(value, "bytesValue"), "base64")) }
  }
  return {}
}

const attributes = (json: JsonReader, from: JsonObject, key = "attributes"): Array<KeyValue> =>
  list(from, key).map((item) => {
    const pair = json.object("KeyValue", item, ["key", "value"])
    return { key: text(pair, "key"), value: anyValue(json, pair["value"]) }
  })

const attributed = (json: JsonReader, from: JsonObject) => ({
  attributes: attributes(json, from),
  droppedAttributesCount: uint32(from, "droppedAttributesCount")
})

const ATTRIBUTED = ["attributes", "droppedAttributesCount"]

const resource = (json: JsonReader, from: unknown): Resource =>
  attributed(json, json.object("Resource", from, [...ATTRIBUTED, "entityRefs"]))

const scope = (json: JsonReader, from: unknown): InstrumentationScope => {
  const value = json.object("InstrumentationScope", from, ["name", "version", ...ATTRIBUTED])
  return { name: text(value, "name"), version: text(value, "version"), ...attributed(json, value) }
}

const event = (json: JsonReader, from: unknown): SpanEvent => {
  const value = json.object("Span.Event", from, ["timeUnixNano", "name", ...ATTRIBUTED])
  return {
    timeUnixNano: int64(value["timeUnixNano"] ?? 0, "timeUnixNano"),
    name: text(value, "name"),
    ...attributed(json, value)
  }
}

const link = (json: JsonReader, from: unknown): SpanLink => {
  const value = json.object("Span.Link", from, ["traceId", "spanId", "traceState", "flags", ...ATTRIBUTED])
  return {
    traceId: hex(value, "traceId", 32),
    spanId: hex(value, "spanId", 16),
    traceState: text(value, "traceState"),
    ...attributed(json, value),
    flags: uint32(value, "flags")
  }
}

const spanFields = [
  "traceId",
  "spanId",
  "traceState",
  "parentSpanId",
  "flags",
  "name",
  "kind",
  "startTimeUnixNano",
  "endTimeUnixNano",
  "events",
  "droppedEventsCount",
  "links",
  "droppedLinksCount",
  "status",
  ...ATTRIBUTED
]

const span = (json: JsonReader, from: unknown): OtlpSpan => {
  const value = json.object("Span", from, spanFields)
  const status = json.object("Status", value["status"], ["message", "code"])
  return {
    traceId: hex(value, "traceId", 32),
    spanId: hex(value, "spanId", 16),
    traceState: text(value, "traceState"),
    parentSpanId: hex(value, "parentSpanId", 16),
    flags: uint32(value, "flags"),
    name: text(value, "name"),
    kind: enumeration(value, "kind"),
    startTimeUnixNano: int64(value["startTimeUnixNano"] ?? 0, "startTimeUnixNano"),
    endTimeUnixNano: int64(value["endTimeUnixNano"] ?? 0, "endTimeUnixNano"),
    ...attributed(json, value),
    events: list(value, "events").map((item) => event(json, item)),
    droppedEventsCount: uint32(value, "droppedEventsCount"),
    links: list(value, "links").map((item) => link(json, item)),
    droppedLinksCount: uint32(value, "droppedLinksCount"),
    status: { message: text(status, "message"), code: enumeration(status, "code") }
  }
}

const scopeSpans = (json: JsonReader, from: unknown): ScopeSpans => {
  const value = json.object("ScopeSpans", from, ["scope", "spans", "schemaUrl"])
  return {
    scope: scope(json, value["scope"]),
    spans: list(value, "spans").map((item) => span(json, item)),
    schemaUrl: text(value, "schemaUrl")
  }
}

const resourceSpans = (json: JsonReader, from: unknown): ResourceSpans => {
  const value = json.object("ResourceSpans", from, ["resource", "scopeSpans", "schemaUrl"])
  return {
    resource: resource(json, value["resource"]),
    scopeSpans: list(value, "scopeSpans").map((item) => scopeSpans(json, item)),
    schemaUrl: text(value, "schemaUrl")
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true })

const parse = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch {
    throw new Undecodable("the body is not JSON in UTF-8")
  }
}

/** An `ExportTraceServiceRequest` in OTLP/JSON. Throws `Undecodable`. */
export const decodeJson = (bytes: Uint8Array): Decoded => {
  const json = new JsonReader()
  const body = parse(bytes)
  if (!isJsonObject(body)) throw new Undecodable("the body is not an object")
  const request = json.object("ExportTraceServiceRequest", body, ["resourceSpans"])
  const spans = list(request, "resourceSpans").map((item) => resourceSpans(json, item))
  return { request: { resourceSpans: spans }, unknownFields: [...json.unknownFields] }
}
