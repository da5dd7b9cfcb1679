import { assert, describe, it } from "@effect/vitest"
import { resourceFromAttributes } from "@opentelemetry/resources"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { FakeMiddleware } from "../../../src/layers/fake/FakeMiddleware.ts"
import { OTEL_JS_DIFFERENCES, openOtelJsSink } from "../../../src/layers/otlp/OtelJsSink.ts"
import { expand } from "../../../src/services/trace/expand.ts"
import { httpProto } from "../../contracts/delivery/Transport.ts"
import { otlpDelivery } from "../../contracts/otlpDelivery.ts"
import { destination } from "../../services/export/harness.ts"
import { traceEvent } from "../../services/export/traceEvents.ts"

const accepted = { accepted: { rejectedSpans: 0 } } as const
const unnamed = { verdict: { retry: "retryable_status" }, difference: OTEL_JS_DIFFERENCES.retryReason } as const
const unheard = { ...unnamed, difference: OTEL_JS_DIFFERENCES.retryAfter } as const
const unwarned = { verdict: accepted, difference: OTEL_JS_DIFFERENCES.warnings } as const

const delays = ["for 7 s", "until a date", "for an hour", "for a week"]
const noDelays = ["for 0 s", "until the past", "for garbage"]
const hot = { ...unnamed, difference: OTEL_JS_DIFFERENCES.hotRetries } as const

otlpDelivery("otel-js", openOtelJsSink, httpProto, {
  "partial success without words": { verdict: accepted, difference: OTEL_JS_DIFFERENCES.partialSuccess },
  "partial success": { verdict: accepted, difference: OTEL_JS_DIFFERENCES.partialSuccess },
  "a warning": unwarned,
  "an undecodable body": unwarned,
  "a wrong content type": unwarned,
  "an answer over 4 MiB once decompressed": { verdict: accepted, difference: OTEL_JS_DIFFERENCES.compressedAnswers },
  "429": unnamed,
  "502": unnamed,
  "503": unnamed,
  "504": unnamed,
  "502 for 7 s": unnamed,
  ...Object.fromEntries([429, 503].flatMap((status) => delays.map((words) => [`${status} ${words}`, unheard]))),
  ...Object.fromEntries([429, 503].flatMap((status) => noDelays.map((words) => [`${status} ${words}`, hot]))),
  "a 200 whose body ends early": { verdict: accepted, difference: OTEL_JS_DIFFERENCES.interruptedAnswer },
  "a reset in the body of a 400": {
    verdict: { retry: "connection_reset" },
    difference: OTEL_JS_DIFFERENCES.interruptedError
  },
  "a 400 whose body ends early": {
    verdict: { retry: "connection_reset" },
    difference: OTEL_JS_DIFFERENCES.interruptedError
  },
  "an error page over 4 MiB": {
    verdict: { drop: "response_too_large" },
    difference: OTEL_JS_DIFFERENCES.interruptedError
  }
})

const delivered = Effect.gen(function* () {
  const middleware = yield* FakeMiddleware
  const sink = yield* openOtelJsSink(
    destination("middleware", { endpoint: middleware.endpoint, headers: { Authorization: Redacted.make("demo-key") } }),
    resourceFromAttributes({ "service.name": "reference" }),
    { name: "spangate", version: "1.2.3" }
  )
  const spans = expand(traceEvent(1), sink.resource, sink.scope)
  const bytes = sink.encode(spans)
  const batch = {
    parts: [{ spanCount: spans.length, bytes, spans: () => spans }],
    spanCount: spans.length,
    byteLength: bytes.byteLength
  }
  yield* Effect.flatten(sink.prepare(batch))
  return middleware
})

describe("other differences of the SDK's exporter", () => {
  it.live(OTEL_JS_DIFFERENCES.chunked, () =>
    Effect.gen(function* () {
      const [request] = (yield* delivered).requests()
      assert.strictEqual(request?.headers["transfer-encoding"], "chunked")
      assert.notProperty(request?.headers, "content-length")
    }).pipe(Effect.scoped, Effect.provide(FakeMiddleware.layer(), { local: true }))
  )

  it.live(`${OTEL_JS_DIFFERENCES.hotRetries} (seen)`, () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      middleware.always({ status: 503, headers: { "retry-after": "0" } })
      yield* Effect.flip(delivered)
      assert.strictEqual(middleware.requests().length, 6)
    }).pipe(Effect.scoped, Effect.provide(FakeMiddleware.layer(), { local: true }))
  )
})
