import { resourceFromAttributes } from "@opentelemetry/resources"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import { encodeRequest, encodeSpans } from "../../../src/layers/otlp/encodeTraces.ts"
import { SCHEMA_URL } from "../../../src/services/trace/attributes.ts"
import { expand } from "../../../src/services/trace/expand.ts"
import { resourceAttributes } from "../../../src/services/trace/resource.ts"
import type { TraceEvent } from "../../../src/services/trace/TraceEvent.ts"

/** Events on their way out, as an exporter would take them. */

export const resource = resourceFromAttributes(
  resourceAttributes({
    common: { "service.name": "spangate-test" },
    destination: {},
    detected: { version: "0.1.0", instanceId: "instance-1", hostName: "host-1" }
  })
)

export const scope = { name: "spangate", version: "0.1.0" }

export const spansOf = (event: TraceEvent): Array<ReadableSpan> => expand(event, resource, scope)

export const requestOf = (spans: ReadonlyArray<ReadableSpan>): Uint8Array =>
  encodeRequest(resource.attributes, scope, SCHEMA_URL, [encodeSpans(spans)])
