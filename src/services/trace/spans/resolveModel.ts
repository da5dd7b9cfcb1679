import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import { put, type SpanAttributes } from "../attributes.ts"
import { childSpanId, RESOLVE_SLOT } from "../spanIds.ts"
import type { ResolveStage } from "../TraceEvent.ts"
import { childContext, errorType, INTERNAL, makeSpan, type Trace, within } from "./span.ts"

/** `resolve_model`: from the name asked for to the first target; an error when there is none for this caller. */
export const resolveModelSpan = (trace: Trace, stage: ResolveStage): ReadableSpan => {
  const { header } = trace
  const attributes: SpanAttributes = { "gateway.routing.candidate_count": stage.candidates }
  put(attributes, "gateway.config.revision", header.revision)
  put(attributes, "gateway.routing.strategy", stage.strategy)
  put(attributes, "tfy.request.model_name", header.requestedModel)
  put(attributes, "tfy.model.fqn", stage.target)
  put(attributes, "tfy.model.name", stage.modelName)
  put(attributes, "tfy.model.id", stage.modelId)
  put(attributes, "gen_ai.provider.name", stage.providerName)
  return makeSpan(trace, {
    name: "resolve_model",
    kind: INTERNAL,
    context: childContext(trace, childSpanId(header.spanId, RESOLVE_SLOT)),
    parent: trace.root,
    time: within(trace, stage),
    attributes,
    error: stage.errorType === undefined ? undefined : { type: errorType(stage.errorType) }
  })
}
