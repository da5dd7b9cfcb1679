import {
  type AnyValue,
  type ExportTraceServiceRequest,
  emptyEvent,
  emptyLink,
  emptyResourceSpans,
  emptyScopeSpans,
  emptySpan,
  type InstrumentationScope,
  type KeyValue,
  type OtlpSpan,
  type Resource,
  type ResourceSpans,
  type ScopeSpans,
  type SpanEvent,
  type SpanLink,
  type Status,
  Undecodable
} from "./OtlpTrace.ts"
import { WireReader } from "./WireReader.ts"

const VARINT = 0
const FIXED64 = 1
const LENGTH = 2
const FIXED32 = 5

/** Nesting of values deeper than this is an attack, not a trace. */
const MAX_DEPTH = 64

interface Decoding {
  /** `Span.17`: fields that the .proto files do not have, skipped. */
  readonly unknownFields: Set<string>
  depth: number
}

type Field<M> = readonly [wireType: number, read: (into: M, reader: WireReader, decoding: Decoding) => void]

interface Message<M> {
  readonly name: string
  readonly fields: { readonly [number: number]: Field<M> }
}

const readInto = <M>(message: Message<M>, into: M, reader: WireReader, decoding: Decoding): M => {
  if (++decoding.depth > MAX_DEPTH) throw new Undecodable("values are nested too deep")
  while (!reader.done) {
    const tag = reader.uint32()
    const number = tag >>> 3
    const wireType = tag & 7
    if (number === 0) throw new Undecodable("a field has number 0")
    const field = message.fields[number]
    if (field === undefined) {
      decoding.unknownFields.add(`${message.name}.${number}`)
      reader.skip(wireType)
    } else if (field[0] === wireType) field[1](into, reader, decoding)
    else throw new Undecodable(`${message.name}.${number} has wire type ${wireType}, not ${field[0]}`)
  }
  decoding.depth--
  return into
}

const id = (reader: WireReader, length: number): string => {
  const bytes = reader.bytes()
  if (bytes.length !== 0 && bytes.length !== length) {
    throw new Undecodable(`an id of ${bytes.length} bytes where ${length} are due`)
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")
}

// A oneof's last member wins, so each one replaces what was read before.
const anyValue: Message<{ value: AnyValue }> = {
  name: "AnyValue",
  fields: {
    1: [LENGTH, (into, reader) => void (into.value = { stringValue: reader.string() })],
    2: [VARINT, (into, reader) => void (into.value = { boolValue: reader.varint() !== 0n })],
    3: [VARINT, (into, reader) => void (into.value = { intValue: BigInt.asIntN(64, reader.varint()) })],
    4: [FIXED64, (into, reader) => void (into.value = { doubleValue: reader.double() })],
    5: [
      LENGTH,
      (into, reader, decoding) => {
        const values: Array<AnyValue> = []
        readInto(arrayValue, values, reader.message(), decoding)
        into.value = { arrayValue: { values } }
      }
    ],
    6: [
      LENGTH,
      (into, reader, decoding) => {
        const values: Array<KeyValue> = []
        readInto(keyValueList, values, reader.message(), decoding)
        into.value = { kvlistValue: { values } }
      }
    ],
    7: [LENGTH, (into, reader) => void (into.value = { bytesValue: Uint8Array.from(reader.bytes()) })]
  }
}

const readValue = (reader: WireReader, decoding: Decoding): AnyValue =>
  readInto(anyValue, { value: {} }, reader.message(), decoding).value

const arrayValue: Message<Array<AnyValue>> = {
  name: "ArrayValue",
  fields: { 1: [LENGTH, (into, reader, decoding) => void into.push(readValue(reader, decoding))] }
}

const keyValue: Message<KeyValue> = {
  name: "KeyValue",
  fields: {
    1: [LENGTH, (into, reader) => void (into.key = reader.string())],
    2: [LENGTH, (into, reader, decoding) => void (into.value = readValue(reader, decoding))]
  }
}

const attribute = (into: Array<KeyValue>, reader: WireReader, decoding: Decoding): void => {
  into.push(readInto(keyValue, { key: "", value: {} }, reader.message(), decoding))
}

const keyValueList: Message<Array<KeyValue>> = {
  name: "KeyValueList",
  fields: { 1: [LENGTH, attribute] }
}

const attributes = <M extends { readonly attributes: Array<KeyValue> }>(): Field<M> => [
  LENGTH,
  (into, reader, decoding) => attribute(into.attributes, reader, decoding)
]

const droppedAttributes = <M extends { droppedAttributesCount: number }>(): Field<M> => [
  VARINT,
  (into, reader) => void (into.droppedAttributesCount = reader.uint32())
]

const resource: Message<Resource> = {
  name: "Resource",
  fields: {
    1: attributes(),
    2: droppedAttributes(),
    // Entity references repeat what the attributes say.
    3: [LENGTH, (_, reader) => void reader.bytes()]
  }
}

const scope: Message<InstrumentationScope> = {
  name: "InstrumentationScope",
  fields: {
    1: [LENGTH, (into, reader) => void (into.name = reader.string())],
    2: [LENGTH, (into, reader) => void (into.version = reader.string())],
    3: attributes(),
    4: droppedAttributes()
  }
}

const event: Message<SpanEvent> = {
  name: "Span.Event",
  fields: {
    1: [FIXED64, (into, reader) => void (into.timeUnixNano = reader.fixed64())],
    2: [LENGTH, (into, reader) => void (into.name = reader.string())],
    3: attributes(),
    4: droppedAttributes()
  }
}

const link: Message<SpanLink> = {
  name: "Span.Link",
  fields: {
    1: [LENGTH, (into, reader) => void (into.traceId = id(reader, 16))],
    2: [LENGTH, (into, reader) => void (into.spanId = id(reader, 8))],
    3: [LENGTH, (into, reader) => void (into.traceState = reader.string())],
    4: attributes(),
    5: droppedAttributes(),
    6: [FIXED32, (into, reader) => void (into.flags = reader.fixed32())]
  }
}

const status: Message<Status> = {
  name: "Status",
  fields: {
    2: [LENGTH, (into, reader) => void (into.message = reader.string())],
    3: [VARINT, (into, reader) => void (into.code = reader.uint32())]
  }
}

const span: Message<OtlpSpan> = {
  name: "Span",
  fields: {
    1: [LENGTH, (into, reader) => void (into.traceId = id(reader, 16))],
    2: [LENGTH, (into, reader) => void (into.spanId = id(reader, 8))],
    3: [LENGTH, (into, reader) => void (into.traceState = reader.string())],
    4: [LENGTH, (into, reader) => void (into.parentSpanId = id(reader, 8))],
    5: [LENGTH, (into, reader) => void (into.name = reader.string())],
    6: [VARINT, (into, reader) => void (into.kind = reader.uint32())],
    7: [FIXED64, (into, reader) => void (into.startTimeUnixNano = reader.fixed64())],
    8: [FIXED64, (into, reader) => void (into.endTimeUnixNano = reader.fixed64())],
    9: attributes(),
    10: droppedAttributes(),
    11: [
      LENGTH,
      (into, reader, decoding) => void into.events.push(readInto(event, emptyEvent(), reader.message(), decoding))
    ],
    12: [VARINT, (into, reader) => void (into.droppedEventsCount = reader.uint32())],
    13: [
      LENGTH,
      (into, reader, decoding) => void into.links.push(readInto(link, emptyLink(), reader.message(), decoding))
    ],
    14: [VARINT, (into, reader) => void (into.droppedLinksCount = reader.uint32())],
    15: [LENGTH, (into, reader, decoding) => void readInto(status, into.status, reader.message(), decoding)],
    16: [FIXED32, (into, reader) => void (into.flags = reader.fixed32())]
  }
}

const scopeSpans: Message<ScopeSpans> = {
  name: "ScopeSpans",
  fields: {
    1: [LENGTH, (into, reader, decoding) => void readInto(scope, into.scope, reader.message(), decoding)],
    2: [
      LENGTH,
      (into, reader, decoding) => void into.spans.push(readInto(span, emptySpan(), reader.message(), decoding))
    ],
    3: [LENGTH, (into, reader) => void (into.schemaUrl = reader.string())]
  }
}

const resourceSpans: Message<ResourceSpans> = {
  name: "ResourceSpans",
  fields: {
    1: [LENGTH, (into, reader, decoding) => void readInto(resource, into.resource, reader.message(), decoding)],
    2: [
      LENGTH,
      (into, reader, decoding) =>
        void into.scopeSpans.push(readInto(scopeSpans, emptyScopeSpans(), reader.message(), decoding))
    ],
    3: [LENGTH, (into, reader) => void (into.schemaUrl = reader.string())]
  }
}

const request: Message<ExportTraceServiceRequest> = {
  name: "ExportTraceServiceRequest",
  fields: {
    1: [
      LENGTH,
      (into, reader, decoding) =>
        void into.resourceSpans.push(readInto(resourceSpans, emptyResourceSpans(), reader.message(), decoding))
    ]
  }
}

export interface Decoded {
  readonly request: ExportTraceServiceRequest
  /** `Span.17`: fields that the official .proto files do not have. */
  readonly unknownFields: ReadonlyArray<string>
}

/** An `ExportTraceServiceRequest` in protobuf. Throws `Undecodable`. */
export const decodeProtobuf = (bytes: Uint8Array): Decoded => {
  const decoding: Decoding = { unknownFields: new Set(), depth: 0 }
  const decoded = readInto(request, { resourceSpans: [] }, new WireReader(bytes), decoding)
  return { request: decoded, unknownFields: [...decoding.unknownFields] }
}
