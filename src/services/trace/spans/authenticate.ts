import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import { put, type SpanAttributes } from "../attributes.ts"
import { AUTH_SLOT, childSpanId } from "../spanIds.ts"
import type { AuthStage } from "../TraceEvent.ts"
import { childContext, errorType, INTERNAL, makeSpan, type Trace, within } from "./span.ts"

/** `authenticate`: an error when the caller was not let in. Nothing of the token is in it. */
export const authenticateSpan = (trace: Trace, stage: AuthStage): ReadableSpan => {
  const ok = stage.result === "ok"
  const attributes: SpanAttributes = {
    "gateway.auth.method": stage.method,
    "gateway.auth.result": stage.result
  }
  if (ok) put(attributes, "tfy.request.created_by_subject", trace.header.subject)
  return makeSpan(trace, {
    name: "authenticate",
    kind: INTERNAL,
    context: childContext(trace, childSpanId(trace.header.spanId, AUTH_SLOT)),
    parent: trace.root,
    time: within(trace, stage),
    attributes,
    error: ok
      ? undefined
      : { type: errorType(stage.errorType ?? (stage.result === "denied" ? "forbidden" : "invalid_token")) }
  })
}
