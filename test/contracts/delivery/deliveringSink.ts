import { resourceFromAttributes } from "@opentelemetry/resources"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { Destination } from "../../../src/services/config/CompiledConfig.ts"
import type { EncodedSpans, SinkMisconfigured, TraceSink } from "../../../src/services/export/TraceSink.ts"
import { timeoutSender } from "../../../src/services/export/timeoutSender.ts"
import { expand } from "../../../src/services/trace/expand.ts"
import { destination } from "../../services/export/harness.ts"
import { traceEvent } from "../../services/export/traceEvents.ts"

export type Open = (
  destination: Destination,
  resource: ReturnType<typeof resourceFromAttributes>,
  scope: { readonly name: string; readonly version: string }
) => Effect.Effect<TraceSink, SinkMisconfigured, Scope.Scope>

/** What the sink itself is told, where it knows timeouts; short, so that the SDK's own retries end at once. */
const TIMEOUT_MS = 500
/** What the sender allows, long enough for a busy machine. */
const PATIENCE_MS = 1200

/** A sink with the fake Middleware's key, and sends of one event's four spans, so many times over. */
export const deliveringSink = Effect.fnUntraced(function* (
  open: Open,
  endpoint: string,
  rest: Partial<Destination> = {},
  patienceMs = PATIENCE_MS
) {
  const to = destination("middleware", {
    endpoint,
    headers: { authorization: Redacted.make("demo-key") },
    timeoutMs: TIMEOUT_MS,
    ...rest
  })
  const sink = yield* open(to, resourceFromAttributes({ "service.name": "contract" }), {
    name: "spangate",
    version: "1.2.3"
  })
  const prepare = (index: number, times = 1) => {
    const spans = expand(traceEvent(index), sink.resource, sink.scope)
    const bytes = sink.encode(spans)
    const parts = new Array<EncodedSpans>(times).fill({ spanCount: spans.length, bytes, spans: () => spans })
    const batch = { parts, spanCount: times * spans.length, byteLength: times * bytes.byteLength }
    return Effect.map(sink.prepare(batch), (attempt) => timeoutSender(attempt, patienceMs))
  }
  return {
    sink,
    prepare,
    send: (index: number) => Effect.flatten(prepare(index)),
    sendMany: (index: number, times: number) => Effect.flatten(prepare(index, times))
  }
})
