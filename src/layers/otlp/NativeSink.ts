import type { InstrumentationScope } from "@opentelemetry/core"
import type { Resource } from "@opentelemetry/resources"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Destination } from "../../services/config/CompiledConfig.ts"
import { type HttpAnswer, judge } from "../../services/export/deliveryRules.ts"
import type { Permanent, SinkMisconfigured, TraceSink } from "../../services/export/TraceSink.ts"
import { release } from "../system/release.ts"
import { type OtlpAnswer, type OtlpHttp, openOtlpHttp } from "../undici/OtlpHttp.ts"
import { decoded, gzip } from "./bodyCoding.ts"
import { destinationTls } from "./destinationTls.ts"
import { decodeStatusMessage } from "./exportResponse.ts"
import { decodeStatusMessageJson } from "./exportResponseJson.ts"
import { secretScrubber } from "./secretScrubber.ts"
import { makeSenders, type ResourceOf } from "./senders.ts"
import { jsonFormat, protoFormat, type WireFormat } from "./WireFormat.ts"

const decoder = new TextDecoder()

/** What an error's body says, where it is one of the kinds made to be read. */
const messageOf = (contentType: string | undefined, body: Uint8Array): string | undefined => {
  if (contentType?.startsWith("application/x-protobuf")) return decodeStatusMessage(body)
  if (contentType?.startsWith("application/json")) return decodeStatusMessageJson(body) ?? decoder.decode(body)
  return contentType?.startsWith("text/plain") ? decoder.decode(body) : undefined
}

const readAnswer = Effect.fnUntraced(function* (
  answer: OtlpAnswer,
  format: WireFormat,
  scrub: (text: string) => string
): Effect.fn.Return<HttpAnswer, Permanent> {
  const { body, status } = answer
  const contentType = answer.header("content-type")
  const base = {
    status,
    mediaType: format.mediaType,
    contentType,
    bodyBytes: body.byteLength,
    retryAfter: answer.header("retry-after")
  }
  const contentEncoding = answer.header("content-encoding")
  if (status >= 300) {
    // What cannot be read cannot be scrubbed either. The status counts, however large the words are.
    const words = yield* Effect.orElseSucceed(decoded(body, contentEncoding), () => undefined)
    const message = words === undefined ? undefined : messageOf(contentType, words)
    return { ...base, message: message === undefined ? undefined : scrub(message) }
  }
  const plain = yield* decoded(body, contentEncoding)
  const response = plain === undefined ? undefined : format.decodeResponse(plain)
  return {
    ...base,
    response: response === undefined ? undefined : { ...response, errorMessage: scrub(response.errorMessage) }
  }
})

const formatOf = ({ encoding }: Destination): typeof protoFormat => (encoding === "json" ? jsonFormat : protoFormat)

/** A destination's sink over any way to POST. */
export const nativeSink = (
  destination: Destination,
  resource: Resource,
  scope: InstrumentationScope,
  http: OtlpHttp,
  resourceOf: ResourceOf = () => resource
): TraceSink => {
  const format = formatOf(destination)(resource.attributes, scope)
  const scrub = secretScrubber(destination)

  return {
    resource,
    senderOf: makeSenders(resourceOf, ({ attributes }) => format.resourceBytes(attributes)),
    scope,
    encode: format.encodeSpans,
    release,
    envelopeBytes: format.envelopeBytes,
    prepare: Effect.fnUntraced(function* (batch) {
      const plain = format.encodeBatch(batch.parts)
      const zipped = destination.compression === "gzip"
      const body = zipped ? yield* gzip(plain) : plain
      if (zipped) release(plain)
      return http.post(body, zipped ? "gzip" : undefined).pipe(
        Effect.flatMap((answer) => readAnswer(answer, format, scrub)),
        Effect.flatMap((answer) =>
          Effect.flatMap(Clock.currentTimeMillis, (now) => Effect.fromResult(judge(answer, now)))
        )
      )
    })
  }
}

/** OTLP/HTTP, in protobuf or JSON, with our own encoders, transport and reading of answers. */
export const openNativeSink = Effect.fnUntraced(function* (
  destination: Destination,
  resource: Resource,
  scope: InstrumentationScope,
  resourceOf?: ResourceOf
): Effect.fn.Return<TraceSink, SinkMisconfigured, Scope.Scope> {
  const http = yield* openOtlpHttp(destination, {
    userAgent: `spangate/${scope.version ?? "0"}`,
    mediaType: formatOf(destination)(resource.attributes, scope).mediaType,
    tls: yield* destinationTls(destination)
  })
  return nativeSink(destination, resource, scope, http, resourceOf)
})
