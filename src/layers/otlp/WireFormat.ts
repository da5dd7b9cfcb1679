import type { Attributes } from "@opentelemetry/api"
import type { InstrumentationScope } from "@opentelemetry/core"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import type { ExportResponse, MediaType } from "../../services/export/deliveryRules.ts"
import type { EncodedSpans, Sender } from "../../services/export/TraceSink.ts"
import { SCHEMA_URL } from "../../services/trace/attributes.ts"
import { encodeRequest, encodeSpans, requestSize } from "./encodeTraces.ts"
import { encodeSpansJson, joinRequests, jsonEnvelope } from "./encodeTracesJson.ts"
import { decodeExportResponse } from "./exportResponse.ts"
import { decodeExportResponseJson } from "./exportResponseJson.ts"

/** One of OTLP's two encodings, for one resource and scope. */
export interface WireFormat {
  readonly mediaType: MediaType
  /** Spans as a chunk of a request, whose size is final. */
  readonly encodeSpans: (spans: ReadonlyArray<ReadableSpan>) => Uint8Array
  /** A request around chunks; empty when there is no span in them. */
  readonly encodeRequest: (chunks: ReadonlyArray<Uint8Array>) => Uint8Array
  /** A request around the parts of a batch, each under its sender's resource. */
  readonly encodeBatch: (parts: ReadonlyArray<EncodedSpans>) => Uint8Array
  /** The most a request weighs beyond its chunks. */
  readonly envelopeBytes: number
  /** The most that spans of another resource add to a request, beside themselves. */
  readonly resourceBytes: (resource: Attributes) => number
  /** `undefined` when the bytes are no answer. */
  readonly decodeResponse: (body: Uint8Array) => ExportResponse | undefined
}

interface Group {
  readonly sender: Sender | undefined
  readonly chunks: Array<Uint8Array>
}

/** In the order of their first spans; those without any are left out. */
const bySender = (parts: ReadonlyArray<EncodedSpans>): ReadonlyArray<Group> => {
  const groups = new Map<Sender | undefined, Group>()
  for (const { bytes, sender } of parts) {
    if (bytes.length === 0) continue
    const group = groups.get(sender)
    if (group === undefined) groups.set(sender, { sender, chunks: [bytes] })
    else group.chunks.push(bytes)
  }
  return [...groups.values()]
}

/** The two length prefixes around the spans are one byte in an empty request and up to five in a full one. */
const LENGTH_GROWTH = 8

export const protoFormat = (resource: Attributes, scope: InstrumentationScope): WireFormat => {
  const resourceBytes = (other: Attributes) => requestSize(other, scope, SCHEMA_URL, 0) + LENGTH_GROWTH
  return {
    mediaType: "application/x-protobuf",
    encodeSpans,
    encodeRequest: (chunks) => encodeRequest(resource, scope, SCHEMA_URL, chunks),
    encodeBatch: (parts) => {
      const requests = bySender(parts).map(({ chunks, sender }) =>
        encodeRequest(sender?.resource.attributes ?? resource, scope, SCHEMA_URL, chunks)
      )
      // Requests after each other are one that has the resources of all.
      return requests.length === 1 && requests[0] !== undefined ? requests[0] : Buffer.concat(requests)
    },
    envelopeBytes: resourceBytes(resource),
    resourceBytes,
    decodeResponse: decodeExportResponse
  }
}

export const jsonFormat = (resource: Attributes, scope: InstrumentationScope): WireFormat => {
  const envelope = jsonEnvelope(resource, scope, SCHEMA_URL)
  return {
    mediaType: "application/json",
    encodeSpans: encodeSpansJson,
    encodeRequest: envelope.around,
    encodeBatch: (parts) =>
      joinRequests(
        bySender(parts).map(({ chunks, sender }) =>
          (sender === undefined ? envelope : jsonEnvelope(sender.resource.attributes, scope, SCHEMA_URL)).around(chunks)
        )
      ),
    envelopeBytes: envelope.bytes,
    resourceBytes: (other) => jsonEnvelope(other, scope, SCHEMA_URL).bytes,
    decodeResponse: decodeExportResponseJson
  }
}
