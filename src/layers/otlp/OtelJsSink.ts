import { Agent as HttpAgent } from "node:http"
import { Agent as HttpsAgent } from "node:https"
import type { InstrumentationScope } from "@opentelemetry/core"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto"
import type { Resource } from "@opentelemetry/resources"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { Destination } from "../../services/config/CompiledConfig.ts"
import { judge, responseTooLarge } from "../../services/export/deliveryRules.ts"
import {
  type Accepted,
  type Permanent,
  Retryable,
  SinkMisconfigured,
  type TraceSink
} from "../../services/export/TraceSink.ts"
import { classify } from "../undici/classify.ts"
import { destinationTls } from "./destinationTls.ts"
import { secretScrubber } from "./secretScrubber.ts"
import { makeSenders, type ResourceOf } from "./senders.ts"
import { protoFormat } from "./WireFormat.ts"

/** Where the SDK's exporter parts from our delivery. The contract tests name these as their exceptions. */
export const OTEL_JS_DIFFERENCES = {
  partialSuccess: "Rejected spans are counted as delivered: the SDK reports partial success as success.",
  warnings: "A success with a warning, an undecodable body or a wrong content type passes without a word.",
  retryAfter: "Retry-After never leaves the SDK: it waits no longer than the send's own deadline, then we back off.",
  hotRetries: "Retry-After of 0, in the past or without meaning makes it send six times without a pause.",
  retryReason: "429, 502, 503 and 504 are one `retryable_status`: the SDK keeps the status to itself.",
  interruptedAnswer: "A success whose body ends early counts as delivered; ours is sent again.",
  interruptedError: "An error whose body breaks off or is too large loses its status; ours is judged by it.",
  compressedAnswers: "A compressed answer is not decompressed, so its partial success is not even looked for.",
  numbers: "A double without a fraction goes out as an int: `temperature: 1` changes its type.",
  chunked: "Bodies go out chunked, without a Content-Length; some ingest gateways refuse that.",
  environment: "OTEL_EXPORTER_OTLP_* variables add headers to it.",
  interruption:
    "A send cannot be interrupted: closing cuts its connection, and its retries run on until their deadline."
} as const

type ExporterOptions = NonNullable<ConstructorParameters<typeof OTLPTraceExporter>[0]>

/** What its errors say in fields (`OTLPExporterError`) or only in words. */
interface ExporterError extends Error {
  readonly code?: number | string
  readonly data?: string
}

const failureOf = (error: ExporterError | undefined, now: number, scrub: (text: string) => string) => {
  if (error === undefined) return new Retryable({ reason: "unknown" })
  if (typeof error.code === "number") {
    const message = error.data === undefined ? undefined : scrub(error.data)
    const judged = judge({ status: error.code, bodyBytes: 0, message }, now)
    return judged._tag === "Failure" ? judged.failure : new Retryable({ reason: "unknown" })
  }
  if (typeof error.code === "string") return new Retryable({ reason: classify(error) })
  if (error.message.includes("exceeded size limit")) return responseTooLarge()
  if (error.message === "Request timed out") return new Retryable({ reason: "timeout" })
  return new Retryable({ reason: error.name === "OTLPExporterError" ? "retryable_status" : "connection_reset" })
}

/**
 * The OpenTelemetry SDK's own OTLP exporter behind the same contract, for comparison and for whoever must run it.
 * Batching, retry after its own, acknowledgement and accounting stay ours; `OTEL_JS_DIFFERENCES` says what is lost.
 */
export const openOtelJsSink = Effect.fnUntraced(function* (
  destination: Destination,
  resource: Resource,
  scope: InstrumentationScope,
  resourceOf: ResourceOf = () => resource
): Effect.fn.Return<TraceSink, SinkMisconfigured, Scope.Scope> {
  if (destination.protocol !== "http" || destination.encoding !== "proto") {
    return yield* new SinkMisconfigured({ message: "exporter otel-js speaks protobuf over http only" })
  }
  const scrub = secretScrubber(destination)
  const format = protoFormat(resource.attributes, scope)
  const agentOptions = { keepAlive: true, ...(yield* destinationTls(destination)) }
  const agent = destination.endpoint.startsWith("https:") ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions)
  const exporter = yield* Effect.acquireRelease(
    Effect.try({
      try: () =>
        new OTLPTraceExporter({
          url: destination.endpoint,
          headers: Object.fromEntries(
            Object.entries(destination.headers).map(([name, value]) => [name, Redacted.value(value)])
          ),
          timeoutMillis: destination.timeoutMs,
          // The enum of these two words is in a package that we do not depend on.
          compression: destination.compression as ExporterOptions["compression"] & string,
          userAgent: `spangate/${scope.version ?? "0"}`,
          // Its shutdown leaves the agent open; this one is ours to destroy.
          httpAgentOptions: () => agent
        }),
      catch: () => new SinkMisconfigured({ message: "the SDK's exporter refuses the entry" })
    }),
    (exporter) =>
      Effect.promise(() => {
        agent.destroy()
        return exporter.shutdown()
        // A send that was cut may still be in its retries, which the shutdown would wait for.
      }).pipe(Effect.interruptible, Effect.timeoutOption("1 second"))
  )

  return {
    resource,
    senderOf: makeSenders(resourceOf, ({ attributes }) => format.resourceBytes(attributes)),
    scope,
    // Only weighs the batch: the SDK serializes the spans again, and about as large.
    encode: format.encodeSpans,
    envelopeBytes: format.envelopeBytes,
    prepare: (batch) => {
      const spans = batch.parts.flatMap((part) => part.spans())
      return Effect.succeed(
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          Effect.callback<Accepted, Retryable | Permanent>((resume) => {
            exporter.export(spans, (result) =>
              resume(
                result.code === 0
                  ? Effect.succeed({ rejectedSpans: 0 })
                  : Effect.fail(failureOf(result.error, now, scrub))
              )
            )
          })
        )
      )
    }
  }
})
