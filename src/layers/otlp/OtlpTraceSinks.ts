import { resourceFromAttributes } from "@opentelemetry/resources"
import * as Layer from "effect/Layer"
import { TraceSinks } from "../../services/export/TraceSink.ts"
import { SCHEMA_URL } from "../../services/trace/attributes.ts"
import { type DetectedResource, resourceAttributes } from "../../services/trace/resource.ts"
import { openNativeSink } from "./NativeSink.ts"
import { openOtelJsSink } from "./OtelJsSink.ts"

/** OTLP/HTTP in protobuf, by our own delivery or by the SDK's exporter as each destination asks. */
export const otlpTraceSinks = (detected: DetectedResource): Layer.Layer<TraceSinks> =>
  Layer.succeed(TraceSinks, {
    open: (destination, common) => {
      // One object of each for all spans: the SDK's serializer groups by identity.
      const resource = resourceFromAttributes(
        resourceAttributes({ common, destination: destination.resource, detected })
      )
      const scope = { name: "spangate", version: detected.version, schemaUrl: SCHEMA_URL }
      const open = destination.exporter === "otel-js" ? openOtelJsSink : openNativeSink
      return open(destination, resource, scope)
    }
  })
