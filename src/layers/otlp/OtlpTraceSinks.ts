import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Destination } from "../../services/config/CompiledConfig.ts"
import { TraceSinks } from "../../services/export/TraceSink.ts"
import { SCHEMA_URL } from "../../services/trace/attributes.ts"
import { compileRedaction } from "../../services/trace/redaction/Redaction.ts"
import { type DetectedResource, resourceAttributes } from "../../services/trace/resource.ts"

// Loaded when a destination asks: most ask for one of the three, and no start has to wait for it.
const openerOf = async ({ exporter, protocol }: Destination) => {
  if (exporter === "otel-js") return (await import("./OtelJsSink.ts")).openOtelJsSink
  return protocol === "grpc"
    ? (await import("./GrpcSink.ts")).openGrpcSink
    : (await import("./NativeSink.ts")).openNativeSink
}

/**
 * OTLP over HTTP, in protobuf or JSON, or over gRPC, by our own delivery or the SDK's, as each destination asks. Spans
 * of frames that do not say who served them are taken for this process's.
 */
export const otlpTraceSinks = (detected: DetectedResource): Layer.Layer<TraceSinks> =>
  Layer.succeed(TraceSinks, {
    open: Effect.fnUntraced(function* (destination, common) {
      const { resourceFromAttributes } = yield* Effect.promise(() => import("@opentelemetry/resources"))
      const open = yield* Effect.promise(() => openerOf(destination))
      // One object of each for all spans: the SDK's serializer groups by identity.
      const redact = compileRedaction(destination.redaction).resource
      const resourceOf = (process: DetectedResource) =>
        resourceFromAttributes(
          redact(resourceAttributes({ common, destination: destination.resource, detected: process }))
        )
      const scope = { name: "spangate", version: detected.version, schemaUrl: SCHEMA_URL }
      return yield* open(destination, resourceOf(detected), scope, resourceOf)
    })
  })
