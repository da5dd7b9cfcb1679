import type { Attributes } from "@opentelemetry/api"
import type { InstrumentationScope } from "@opentelemetry/core"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import { attributesJson, quoted } from "./attributesJson.ts"
import { spanJson } from "./spanJson.ts"

/**
 * Spans in JSON, each with a comma before it: a chunk of a request to come, whose size is final.
 * The same spans give the same bytes.
 *
 * Ids must be 32 and 16 lower-case hex digits. A half character becomes U+FFFD, so that all text is valid UTF-8.
 */
export const encodeSpansJson = (spans: ReadonlyArray<ReadableSpan>): Uint8Array =>
  Buffer.from(spans.map((span) => `,${spanJson(span)}`).join(""))

/** One `ExportTraceServiceRequest` with one resource and one scope around chunks of `encodeSpansJson`. */
export interface JsonEnvelope {
  /** What a request weighs beyond its chunks. */
  readonly bytes: number
  /** Empty for chunks without spans. */
  readonly around: (spanChunks: ReadonlyArray<Uint8Array>) => Uint8Array
}

/** `schemaUrl` is both the resource's and the scope's. */
export const jsonEnvelope = (resource: Attributes, scope: InstrumentationScope, schemaUrl: string): JsonEnvelope => {
  const version = scope.version === undefined || scope.version === "" ? "" : `,"version":${quoted(scope.version)}`
  const scopeJson = `{"name":${quoted(scope.name)}${version}}`
  const url = `"schemaUrl":${quoted(schemaUrl)}`
  const head = Buffer.from(
    `{"resourceSpans":[{"resource":{"attributes":[${attributesJson(resource)}]},"scopeSpans":[{"scope":${scopeJson},"spans":[`
  )
  const tail = Buffer.from(`],${url}}],${url}}]}`)
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
