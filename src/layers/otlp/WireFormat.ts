import type { Attributes } from "@opentelemetry/api"
import type { InstrumentationScope } from "@opentelemetry/core"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import type { ExportResponse, MediaType } from "../../services/export/deliveryRules.ts"
import { SCHEMA_URL } from "../../services/trace/attributes.ts"
import { encodeRequest, encodeSpans, requestSize } from "./encodeTraces.ts"
import { encodeSpansJson, jsonEnvelope } from "./encodeTracesJson.ts"
import { decodeExportResponse } from "./exportResponse.ts"
import { decodeExportResponseJson } from "./exportResponseJson.ts"

/** One of OTLP's two encodings, for one resource and scope. */
export interface WireFormat {
  readonly mediaType: MediaType
  /** Spans as a chunk of a request, whose size is final. */
  readonly encodeSpans: (spans: ReadonlyArray<ReadableSpan>) => Uint8Array
  /** A request around chunks; empty when there is no span in them. */
  readonly encodeRequest: (chunks: ReadonlyArray<Uint8Array>) => Uint8Array
  /** The most a request weighs beyond its chunks. */
  readonly envelopeBytes: number
  /** `undefined` when the bytes are no answer. */
  readonly decodeResponse: (body: Uint8Array) => ExportResponse | undefined
}

/** The two length prefixes around the spans are one byte in an empty request and up to five in a full one. */
const LENGTH_GROWTH = 8

export const protoFormat = (resource: Attributes, scope: InstrumentationScope): WireFormat => ({
  mediaType: "application/x-protobuf",
  encodeSpans,
  encodeRequest: (chunks) => encodeRequest(resource, scope, SCHEMA_URL, chunks),
  envelopeBytes: requestSize(resource, scope, SCHEMA_URL, 0) + LENGTH_GROWTH,
  decodeResponse: decodeExportResponse
})

export const jsonFormat = (resource: Attributes, scope: InstrumentationScope): WireFormat => {
  const envelope = jsonEnvelope(resource, scope, SCHEMA_URL)
  return {
    mediaType: "application/json",
    encodeSpans: encodeSpansJson,
    encodeRequest: envelope.around,
    envelopeBytes: envelope.bytes,
    decodeResponse: decodeExportResponseJson
  }
}
