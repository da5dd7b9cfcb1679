import type { Attributes } from "@opentelemetry/api"
import type { InstrumentationScope } from "@opentelemetry/core"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import { writeAttributes } from "./encodeAttributes.ts"
import { writeSpan, writeText } from "./encodeSpan.ts"
import { varintSize, Writer } from "./encodeWriter.ts"

/**
 * Spans as `ScopeSpans.spans` fields, tag and length included: a chunk of a request to come, whose size is final.
 * The same spans give the same bytes.
 *
 * Ids must be 32 and 16 lower-case hex digits. A half character becomes U+FFFD, so that all text is valid UTF-8.
 */
export const encodeSpans = (spans: ReadonlyArray<ReadableSpan>): Uint8Array => {
  // A span that could not be written must not leave its beginning to the next call.
  writer.clear()
  for (const span of spans) {
    writer.reserve(4)
    writer.byte(0x12)
    const start = writer.begin(2)
    writeSpan(writer, span)
    writer.end(start, 2)
  }
  return writer.take()
}

/** One `ExportTraceServiceRequest` with one resource and one scope around chunks of `encodeSpans`. Empty for none. */
export const encodeRequest = (
  resource: Attributes,
  scope: InstrumentationScope,
  schemaUrl: string,
  spanChunks: ReadonlyArray<Uint8Array>
): Uint8Array => {
  const spanBytes = spanChunks.reduce((sum, chunk) => sum + chunk.length, 0)
  if (spanBytes === 0) return new Uint8Array(0)
  const { head, tail, size } = envelope(resource, scope, schemaUrl, spanBytes)
  const request = new Uint8Array(size)
  request.set(head)
  let at = head.length
  for (const chunk of spanChunks) {
    request.set(chunk, at)
    at += chunk.length
  }
  request.set(tail, at)
  return request
}

/** Length of `encodeRequest` for chunks of `spanBytes` bytes together. */
export const requestSize = (
  resource: Attributes,
  scope: InstrumentationScope,
  schemaUrl: string,
  spanBytes: number
): number => envelope(resource, scope, schemaUrl, spanBytes).size

const writer = new Writer()

/** What stands before and after the spans: `schema_url` comes last in both the scope's and the resource's message. */
const envelope = (resource: Attributes, scope: InstrumentationScope, schemaUrl: string, spanBytes: number) => {
  const resourceField = field(() => writeAttributes(writer, 0x0a, resource))
  const scopeField = field(() => {
    writeText(writer, 0x0a, scope.name)
    writeText(writer, 0x12, scope.version ?? "")
  })
  writer.clear()
  writeText(writer, 0x1a, schemaUrl)
  const url = writer.take()
  const scopeSpans = scopeField.length + spanBytes + url.length
  const resourceSpans = resourceField.length + 1 + varintSize(scopeSpans) + scopeSpans + url.length
  writer.reserve(16 + resourceField.length + scopeField.length)
  writer.byte(0x0a)
  writer.varint(resourceSpans)
  writer.bytes(resourceField)
  writer.byte(0x12)
  writer.varint(scopeSpans)
  writer.bytes(scopeField)
  const head = writer.take()
  const tail = Buffer.concat([url, url])
  return { head, tail, size: head.length + spanBytes + tail.length }
}

/** A message as field 1. */
const field = (write: () => void): Uint8Array => {
  writer.clear()
  writer.reserve(2)
  writer.byte(0x0a)
  const start = writer.begin(1)
  write()
  writer.end(start, 1)
  return writer.take()
}
