import { fileURLToPath } from "node:url"
import protobuf from "protobufjs"

/** An `ExportTraceServiceRequest` as protobufjs reads it by the official .proto files: 64-bit numbers as decimal text. */
export interface DecodedRequest {
  readonly resourceSpans?: ReadonlyArray<DecodedResourceSpans>
}

export interface DecodedResourceSpans {
  readonly resource?: { readonly attributes?: ReadonlyArray<DecodedAttribute> }
  readonly scopeSpans?: ReadonlyArray<DecodedScopeSpans>
  readonly schemaUrl?: string
}

export interface DecodedScopeSpans {
  readonly scope?: { readonly name?: string; readonly version?: string }
  readonly spans?: ReadonlyArray<DecodedSpan>
  readonly schemaUrl?: string
}

export interface DecodedSpan {
  readonly traceId?: Uint8Array
  readonly spanId?: Uint8Array
  readonly traceState?: string
  readonly parentSpanId?: Uint8Array
  readonly flags?: number
  readonly name?: string
  readonly kind?: number
  readonly startTimeUnixNano?: string
  readonly endTimeUnixNano?: string
  readonly attributes?: ReadonlyArray<DecodedAttribute>
  readonly droppedAttributesCount?: number
  readonly events?: ReadonlyArray<DecodedEvent>
  readonly droppedEventsCount?: number
  readonly links?: ReadonlyArray<DecodedLink>
  readonly droppedLinksCount?: number
  readonly status?: { readonly code?: number; readonly message?: string }
}

export interface DecodedEvent {
  readonly timeUnixNano?: string
  readonly name?: string
  readonly attributes?: ReadonlyArray<DecodedAttribute>
  readonly droppedAttributesCount?: number
}

export interface DecodedLink {
  readonly traceId?: Uint8Array
  readonly spanId?: Uint8Array
  readonly traceState?: string
  readonly attributes?: ReadonlyArray<DecodedAttribute>
  readonly flags?: number
}

export interface DecodedAttribute {
  readonly key?: string
  readonly value?: DecodedValue
}

/** One member at most: the kind of the value. */
export interface DecodedValue {
  readonly stringValue?: string
  readonly boolValue?: boolean
  readonly intValue?: string
  readonly doubleValue?: number
  readonly arrayValue?: { readonly values?: ReadonlyArray<DecodedValue> }
  readonly kvlistValue?: { readonly values?: ReadonlyArray<DecodedAttribute> }
  readonly bytesValue?: Uint8Array
}

const root = new protobuf.Root()
const proto = fileURLToPath(new URL("../fixtures/otlp/proto/", import.meta.url))
root.resolvePath = (_origin, target) => proto + target
root.loadSync("opentelemetry/proto/collector/trace/v1/trace_service.proto")

/** Of the official .proto files. */
export const requestType = root.lookupType("opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest")
const ScopeSpans = root.lookupType("opentelemetry.proto.trace.v1.ScopeSpans")

/** Throws when the bytes are not such a request, hold a field that the .proto does not know, or text that is not UTF-8. */
export const decodeRequest = (bytes: Uint8Array): DecodedRequest => decode(requestType, bytes)

/** The fields of a `ScopeSpans` alone, as `encodeSpans` makes them. */
export const decodeSpans = (bytes: Uint8Array): ReadonlyArray<DecodedSpan> =>
  (decode(ScopeSpans, bytes) as DecodedScopeSpans).spans ?? []

const decode = (type: protobuf.Type, bytes: Uint8Array): object => {
  assertKnown(type, bytes)
  return type.toObject(type.decode(bytes), { longs: String })
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** protobufjs skips what it does not know and mends what is not UTF-8; a receiver might not. */
const assertKnown = (type: protobuf.Type, bytes: Uint8Array): void => {
  const reader = protobuf.Reader.create(bytes)
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    const field = type.fieldsById[tag >>> 3]
    if (field === undefined) throw new Error(`${type.name} has no field ${tag >>> 3}`)
    field.resolve()
    if (field.resolvedType instanceof protobuf.Type) assertKnown(field.resolvedType, reader.bytes())
    else if (field.type === "string") strict.decode(reader.bytes())
    else reader.skipType(tag & 7)
  }
}
