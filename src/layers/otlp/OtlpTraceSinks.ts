import { resourceFromAttributes } from "@opentelemetry/resources"
import * as Layer from "effect/Layer"
import type { Destination } from "../../services/config/CompiledConfig.ts"
import { TraceSinks } from "../../services/export/TraceSink.ts"
import { SCHEMA_URL } from "../../services/trace/attributes.ts"
import { compileRedaction } from "../../services/trace/redaction/Redaction.ts"
import { type DetectedResource, resourceAttributes } from "../../services/trace/resource.ts"
import { openGrpcSink } from "./GrpcSink.ts"
import { openNativeSink } from "./NativeSink.ts"
import { openOtelJsSink } from "./OtelJsSink.ts"

const openerOf = ({ exporter, protocol }: Destination) => {
  if (exporter === "otel-js") return openOtelJsSink
  return protocol === "grpc" ? openGrpcSink : openNativeSink
}

/** OTLP over HTTP, in protobuf or JSON, or over gRPC, by our own delivery or the SDK's, as each destination asks. */
export const otlpTraceSinks = (detected: DetectedResource): Layer.Layer<TraceSinks> =>
  Layer.succeed(TraceSinks, {
    open: (destination, common) => {
      // One object of each for all spans: the SDK's serializer groups by identity.
      const attributes = resourceAttributes({ common, destination: destination.resource, detected })
      const resource = resourceFromAttributes(compileRedaction(destination.redaction).resource(attributes))
      const scope = { name: "spangate", version: detected.version, schemaUrl: SCHEMA_URL }
      return openerOf(destination)(destination, resource, scope)
    }
  })
