import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ConfigSync } from "../config/ConfigSync.ts"
import { Metrics } from "../metrics/Metrics.ts"
import { SpanPublisher } from "../trace/SpanPublisher.ts"
import type { TraceHeader } from "../trace/TraceEvent.ts"

/** Seconds; the buckets of `gen_ai.client.operation.duration` with finer ones below, for the gateway's own answers. */
const SECONDS = [
  0.001, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92
]

/** What Prometheus sees of the request path, counted once for each request, from its finished trace. */
export class GatewayMetrics extends Context.Service<
  GatewayMetrics,
  { readonly request: (header: TraceHeader) => void }
>()("spangate/services/gateway/GatewayMetrics") {
  static readonly layerNoDeps = Layer.effect(
    GatewayMetrics,
    Effect.gen(function* () {
      const registry = yield* Metrics
      const publisher = yield* SpanPublisher
      const config = yield* ConfigSync

      const requests = registry.counter(
        "spangate_requests_total",
        "Requests by route, status sent to the client and outcome.",
        ["route", "status", "outcome"]
      )
      const duration = registry.histogram(
        "spangate_request_duration_seconds",
        "From the request's head to the last byte of the answer.",
        SECONDS,
        ["route"]
      )
      const firstByte = registry.histogram(
        "spangate_time_to_first_byte_seconds",
        "From the request's head to the first byte of a stream from the provider.",
        SECONDS,
        ["route"]
      )
      const attempts = registry.counter(
        "spangate_provider_attempts_total",
        "Calls to providers by account and outcome; the outcome of a failed one is its error type.",
        ["account", "outcome"]
      )
      const authentication = registry.counter(
        "spangate_authentications_total",
        "Authentications by method and result.",
        ["method", "result"]
      )

      registry.observed("gauge", "spangate_publisher_queue_events", "Events waiting to be published.", [], () => [
        [[], publisher.stats().queuedEvents]
      ])
      registry.observed("gauge", "spangate_publisher_queue_bytes", "Bytes waiting to be published.", [], () => [
        [[], publisher.stats().queuedBytes]
      ])
      registry.observed(
        "counter",
        "spangate_publisher_captured_spans_total",
        "Spans captured by the gateway.",
        [],
        () => [[[], publisher.stats().capturedSpans]]
      )
      registry.observed("counter", "spangate_publisher_published_spans_total", "Spans stored by the bus.", [], () => [
        [[], publisher.stats().publishedSpans]
      ])
      registry.observed(
        "counter",
        "spangate_publisher_dropped_spans_total",
        "Spans lost before the bus had them, by reason.",
        ["reason"],
        () => Object.entries(publisher.stats().droppedSpans).map(([reason, spans]) => [[reason], spans] as const)
      )
      registry.observed("counter", "spangate_config_refused_total", "Configuration edits refused.", [], () => [
        [[], config.refused()]
      ])
      registry.observed("gauge", "spangate_config_info", "The configuration in force.", ["revision"], () => [
        [[config.current().revision], 1]
      ])

      return GatewayMetrics.of({
        request: (header) => {
          const route = header.route ?? "none"
          requests.labels(route, header.status === undefined ? "none" : String(header.status), header.outcome).add()
          duration.labels(route).observe((header.end - header.start) / 1000)
          if (header.stream !== undefined) firstByte.labels(route).observe((header.stream.start - header.start) / 1000)
          if (header.auth !== undefined) authentication.labels(header.auth.method, header.auth.errorType ?? "ok").add()
          for (const attempt of header.attempts) {
            attempts.labels(attempt.account, attempt.errorType ?? attempt.outcome).add()
          }
        }
      })
    })
  )
}
