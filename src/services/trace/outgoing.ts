import type { InstrumentationScope } from "@opentelemetry/core"
import type { Resource } from "@opentelemetry/resources"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import type { Destination } from "../config/CompiledConfig.ts"
import { expand } from "./expand.ts"
import { excludeRequestData } from "./redact.ts"
import { compileRedaction } from "./redaction/Redaction.ts"
import type { TraceEvent } from "./TraceEvent.ts"

/**
 * What a destination gets to see of a trace: expanded, without request data where it is to have none, then redacted by
 * its rules. It works on spans, so streams, retries, fallbacks and errors are redacted alike. An event of another process
 * goes with that process's resource.
 */
export const outgoing = (
  {
    excludeRequestData: excludes,
    redaction,
    sampling
  }: Pick<Destination, "excludeRequestData" | "redaction" | "sampling">,
  resource: Resource,
  scope: InstrumentationScope
): ((event: TraceEvent, of?: Resource) => ReadonlyArray<ReadableSpan>) => {
  const redact = compileRedaction(redaction).spans
  return (event, of = resource) => {
    const spans = expand(event, of, scope, sampling.remoteParent)
    return redact(excludes ? excludeRequestData(spans) : spans)
  }
}
