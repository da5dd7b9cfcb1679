import type { InstrumentationScope } from "@opentelemetry/core"
import type { Resource } from "@opentelemetry/resources"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Destination } from "../../services/config/CompiledConfig.ts"
import { type GrpcAnswer, judgeGrpc } from "../../services/export/grpcDeliveryRules.ts"
import type { SinkMisconfigured, TraceSink } from "../../services/export/TraceSink.ts"
import { type GrpcReply, type OtlpGrpc, openOtlpGrpc } from "../grpc/OtlpGrpc.ts"
import { retryDelayMillis } from "../grpc/retryInfo.ts"
import { release } from "../system/release.ts"
import { destinationTls } from "./destinationTls.ts"
import { secretScrubber } from "./secretScrubber.ts"
import { makeSenders, type ResourceOf } from "./senders.ts"
import { protoFormat, type WireFormat } from "./WireFormat.ts"

const readReply = (reply: GrpcReply, format: WireFormat, scrub: (text: string) => string): GrpcAnswer => {
  const response = reply.message === undefined ? undefined : format.decodeResponse(reply.message)
  return {
    code: reply.code,
    message: scrub(reply.details),
    retryDelayMs: reply.statusDetails === undefined ? undefined : retryDelayMillis(reply.statusDetails),
    response: response === undefined ? undefined : { ...response, errorMessage: scrub(response.errorMessage) }
  }
}

/** A destination's sink over any way to call. */
export const grpcSink = (
  destination: Destination,
  resource: Resource,
  scope: InstrumentationScope,
  grpc: OtlpGrpc,
  resourceOf: ResourceOf = () => resource
): TraceSink => {
  const scrub = secretScrubber(destination)
  const format = protoFormat(resource.attributes, scope)

  return {
    resource,
    senderOf: makeSenders(resourceOf, ({ attributes }) => format.resourceBytes(attributes)),
    scope,
    encode: format.encodeSpans,
    release,
    envelopeBytes: format.envelopeBytes,
    prepare: (batch) =>
      Effect.sync(() => {
        const request = format.encodeBatch(batch.parts)
        return grpc
          .export(request)
          .pipe(Effect.flatMap((reply) => Effect.fromResult(judgeGrpc(readReply(reply, format, scrub)))))
      })
  }
}

/** OTLP/gRPC, with the protobuf and the reading of answers that OTLP/HTTP has. */
export const openGrpcSink = Effect.fnUntraced(function* (
  destination: Destination,
  resource: Resource,
  scope: InstrumentationScope,
  resourceOf?: ResourceOf
): Effect.fn.Return<TraceSink, SinkMisconfigured, Scope.Scope> {
  const tls = yield* destinationTls(destination)
  return grpcSink(
    destination,
    resource,
    scope,
    yield* openOtlpGrpc(destination, `spangate/${scope.version ?? "0"}`, tls),
    resourceOf
  )
})
