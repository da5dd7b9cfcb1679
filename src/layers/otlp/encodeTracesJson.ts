import type { Attributes } from "@opentelemetry/api"
import type { InstrumentationScope } from "@opentelemetry/core"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import { attributesJson } from "./attributesJson.ts"
import { spanJson } from "./spanJson.ts"

const COMMA = 0x2c

/**
 * Spans in JSON, each with a comma before it: a chunk of a request to come, whose size is final.
 * The same spans give the same bytes.
 *
 * Ids must be 32 and 16 lower-case hex digits. A half character becomes U+FFFD, so that all text is valid UTF-8.
 */
export const encodeSpansJson = (spans: ReadonlyArray<ReadableSpan>): Uint8Array => {
  if (spans.length === 0) return new Uint8Array(0)
  // A list's brackets stand where the first comma has to be, and at the end.
  const list = Buffer.from(wellFormed(JSON.stringify(spans.map(spanJson))))
  list[0] = COMMA
  return list.subarray(0, -1)
}

/** JSON writes a half character as an escape, which stands for nothing; a whole one it never escapes. */
const wellFormed = (json: string): string =>
  json.includes("\\ud") ? json.replace(ESCAPE, (escape, half) => (half === undefined ? escape : "\ufffd")) : json

// Every escape is looked at, so that a backslash before a backslash is not taken for the start of one.
const ESCAPE = /\\(?:u(d[89a-f][0-9a-f]{2})|.)/g

/** One `ExportTraceServiceRequest` with one resource and one scope around chunks of `encodeSpansJson`. */
export interface JsonEnvelope {
  /** What a request weighs beyond its chunks. */
  readonly bytes: number
  /** Empty for chunks without spans. */
  readonly around: (spanChunks: ReadonlyArray<Uint8Array>) => Uint8Array
}

const REQUEST = Buffer.from('{"resourceSpans":[')
const REQUEST_END = Buffer.from("]}")

/** Requests of `JsonEnvelope.around` as one that has the resources of all. */
export const joinRequests = (requests: ReadonlyArray<Uint8Array>): Uint8Array => {
  const [first] = requests
  if (first === undefined || requests.length === 1) return first ?? new Uint8Array(0)
  const pieces = requests.flatMap((request, at) => [
    at === 0 ? REQUEST : Buffer.of(COMMA),
    request.subarray(REQUEST.length, -REQUEST_END.length)
  ])
  return Buffer.concat([...pieces, REQUEST_END])
}

/** `schemaUrl` is both the resource's and the scope's. */
export const jsonEnvelope = (resource: Attributes, scope: InstrumentationScope, schemaUrl: string): JsonEnvelope => {
  const { name, version } = scope
  const scopeSpans = { scope: { name, version }, spans: [], schemaUrl }
  const envelope = {
    resourceSpans: [{ resource: { attributes: attributesJson(resource) }, scopeSpans: [scopeSpans], schemaUrl }]
  }
  const text = wellFormed(JSON.stringify(envelope))
  const split = text.lastIndexOf('"spans":[') + '"spans":['.length
  const head = Buffer.from(text.slice(0, split))
  const tail = Buffer.from(text.slice(split))
  return {
    // The first span's comma goes.
    bytes: head.length - 1 + tail.length,
    around: (spanChunks) => {
      const spanBytes = spanChunks.reduce((sum, chunk) => sum + chunk.length, 0)
      if (spanBytes === 0) return new Uint8Array(0)
      const request = new Uint8Array(head.length - 1 + spanBytes + tail.length)
      let at = head.length - 1
      for (const chunk of spanChunks) {
        request.set(chunk, at)
        at += chunk.length
      }
      request.set(tail, at)
      // Last, over that comma.
      request.set(head)
      return request
    }
  }
}
