/**
 * OTLP traces as they came, in the names of the official .proto files. Ids are lower-case hex, 64-bit numbers are bigint,
 * and an absent field has its proto3 default (`parentSpanId: ""` on a root).
 */
export interface ExportTraceServiceRequest {
  resourceSpans: Array<ResourceSpans>
}

export interface ResourceSpans {
  resource: Resource
  scopeSpans: Array<ScopeSpans>
  schemaUrl: string
}

export interface Resource {
  attributes: Array<KeyValue>
  droppedAttributesCount: number
}

export interface ScopeSpans {
  scope: InstrumentationScope
  spans: Array<OtlpSpan>
  schemaUrl: string
}

export interface InstrumentationScope {
  name: string
  version: string
  attributes: Array<KeyValue>
  droppedAttributesCount: number
}

export interface OtlpSpan {
  traceId: string
  spanId: string
  traceState: string
  parentSpanId: string
  flags: number
  name: string
  kind: number
  startTimeUnixNano: bigint
  endTimeUnixNano: bigint
  attributes: Array<KeyValue>
  droppedAttributesCount: number
  events: Array<SpanEvent>
  droppedEventsCount: number
  links: Array<SpanLink>
  droppedLinksCount: number
  status: Status
}

export interface SpanEvent {
  timeUnixNano: bigint
  name: string
  attributes: Array<KeyValue>
  droppedAttributesCount: number
}

export interface SpanLink {
  traceId: string
  spanId: string
  traceState: string
  attributes: Array<KeyValue>
  droppedAttributesCount: number
  flags: number
}

/** `code`: 0 unset, 1 ok, 2 error. */
export interface Status {
  message: string
  code: number
}

export interface KeyValue {
  key: string
  value: AnyValue
}

/** `{}` is a value that was sent empty, or not at all. */
export type AnyValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: bigint }
  | { readonly doubleValue: number }
  | { readonly arrayValue: { readonly values: ReadonlyArray<AnyValue> } }
  | { readonly kvlistValue: { readonly values: ReadonlyArray<KeyValue> } }
  | { readonly bytesValue: Uint8Array }
  | { readonly [empty in never]: never }

export const emptyResourceSpans = (): ResourceSpans => ({ resource: emptyResource(), scopeSpans: [], schemaUrl: "" })
export const emptyResource = (): Resource => ({ attributes: [], droppedAttributesCount: 0 })
export const emptyScopeSpans = (): ScopeSpans => ({ scope: emptyScope(), spans: [], schemaUrl: "" })
export const emptyScope = (): InstrumentationScope => ({
  name: "",
  version: "",
  attributes: [],
  droppedAttributesCount: 0
})
export const emptySpan = (): OtlpSpan => ({
  traceId: "",
  spanId: "",
  traceState: "",
  parentSpanId: "",
  flags: 0,
  name: "",
  kind: 0,
  startTimeUnixNano: 0n,
  endTimeUnixNano: 0n,
  attributes: [],
  droppedAttributesCount: 0,
  events: [],
  droppedEventsCount: 0,
  links: [],
  droppedLinksCount: 0,
  status: emptyStatus()
})
export const emptyEvent = (): SpanEvent => ({ timeUnixNano: 0n, name: "", attributes: [], droppedAttributesCount: 0 })
export const emptyLink = (): SpanLink => ({
  traceId: "",
  spanId: "",
  traceState: "",
  attributes: [],
  droppedAttributesCount: 0,
  flags: 0
})
export const emptyStatus = (): Status => ({ message: "", code: 0 })

/** The bytes are not what they say they are. */
export class Undecodable extends Error {}
