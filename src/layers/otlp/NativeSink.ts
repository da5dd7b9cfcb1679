import type { InstrumentationScope } from "@opentelemetry/core"
import type { Resource } from "@opentelemetry/resources"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Destination } from "../../services/config/CompiledConfig.ts"
import { type HttpAnswer, judge } from "../../services/export/deliveryRules.ts"
import type { Permanent, SinkMisconfigured, TraceSink } from "../../services/export/TraceSink.ts"
import { SCHEMA_URL } from "../../services/trace/attributes.ts"
import { type OtlpAnswer, openOtlpHttp } from "../undici/OtlpHttp.ts"
import { decoded, gzip } from "./bodyCoding.ts"
import { encodeRequest, encodeSpans, requestSize } from "./encodeTraces.ts"
import { decodeExportResponse, decodeStatusMessage } from "./exportResponse.ts"
import { secretScrubber } from "./secretScrubber.ts"

/** The two length prefixes around the spans are one byte in an empty request and up to five in a full one. */
const LENGTH_GROWTH = 8

const decoder = new TextDecoder()

/** What an error's body says, where it is one of the kinds made to be read. */
const messageOf = (contentType: string | undefined, body: Uint8Array): string | undefined => {
  if (contentType?.startsWith("application/x-protobuf")) return decodeStatusMessage(body)
  return contentType?.startsWith("text/plain") || contentType?.startsWith("application/json")
    ? decoder.decode(body)
    : undefined
}

const readAnswer = Effect.fnUntraced(function* (
  answer: OtlpAnswer,
  scrub: (text: string) => string
): Effect.fn.Return<HttpAnswer, Permanent> {
  const { body, status } = answer
  const contentType = answer.header("content-type")
  const base = { status, contentType, bodyBytes: body.byteLength, retryAfter: answer.header("retry-after") }
  if (status >= 300) {
    const message = messageOf(contentType, body)
    return { ...base, message: message === undefined ? undefined : scrub(message) }
  }
  const plain = yield* decoded(body, answer.header("content-encoding"))
  const response = plain === undefined ? undefined : decodeExportResponse(plain)
  return {
    ...base,
    response: response === undefined ? undefined : { ...response, errorMessage: scrub(response.errorMessage) }
  }
})

/** OTLP/HTTP with our own encoder, transport and reading of answers. */
export const openNativeSink = Effect.fnUntraced(function* (
  destination: Destination,
  resource: Resource,
  scope: InstrumentationScope
): Effect.fn.Return<TraceSink, SinkMisconfigured, Scope.Scope> {
  const http = yield* openOtlpHttp(destination, `spangate/${scope.version ?? "0"}`)
  const scrub = secretScrubber(destination)
  const request = (chunks: ReadonlyArray<Uint8Array>) => encodeRequest(resource.attributes, scope, SCHEMA_URL, chunks)

  return {
    resource,
    scope,
    encode: encodeSpans,
    envelopeBytes: requestSize(resource.attributes, scope, SCHEMA_URL, 0) + LENGTH_GROWTH,
    prepare: Effect.fnUntraced(function* (batch) {
      const plain = request(batch.parts.map((part) => part.bytes))
      const zipped = destination.compression === "gzip"
      const body = zipped ? yield* gzip(plain) : plain
      return http.post(body, zipped ? "gzip" : undefined).pipe(
        Effect.flatMap((answer) => readAnswer(answer, scrub)),
        Effect.flatMap((answer) =>
          Effect.flatMap(Clock.currentTimeMillis, (now) => Effect.fromResult(judge(answer, now)))
        )
      )
    })
  }
})
