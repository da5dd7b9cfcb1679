import type { InstrumentationScope } from "@opentelemetry/core"
import type { Resource } from "@opentelemetry/resources"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { Destination } from "../config/CompiledConfig.ts"
import type { DetectedResource } from "../trace/resource.ts"

/** Whose spans they are: one object for all of a process, by which a request is put together. */
export interface Sender {
  readonly resource: Resource
  /** What it adds to a request, however many of its spans are in it, before compression. */
  readonly bytes: number
}

/** Spans and the bytes they became: what a batch is made of, and what it can be cut into again. */
export interface EncodedSpans {
  readonly spanCount: number
  readonly bytes: Uint8Array
  /**
   * The spans once more, made anew: few ask, and kept they would live as long as their batch is on its way, which
   * costs the garbage collector more than all else.
   */
  readonly spans: () => ReadonlyArray<ReadableSpan>
  /** Absent where they are the sink's own. */
  readonly sender?: Sender
}

/** What goes out in one request. A sink never sees an empty one. */
export interface SpanBatch<Part extends EncodedSpans = EncodedSpans> {
  readonly parts: ReadonlyArray<Part>
  readonly spanCount: number
  /** Before compression. */
  readonly byteLength: number
}

/** The destination has the batch, but for `rejectedSpans` of it, which must not be sent again. */
export interface Accepted {
  readonly rejectedSpans: number
  /** A warning for the operator. */
  readonly message?: string
}

/** The batch was not taken and may be sent again; it may also have arrived without our knowing. */
export class Retryable extends Schema.TaggedError<Retryable>()("Retryable", {
  /** `http_503`, `timeout`, `connection_refused`… */
  reason: Schema.String,
  /** The least the destination asks to be left alone. */
  retryAfterMs: Schema.optionalKey(Schema.Number)
}) {}

/** The batch was refused for good: sending it again is forbidden. */
export class Permanent extends Schema.TaggedError<Permanent>()("Permanent", {
  /** `http_400`, `redirect`, `response_too_large`… */
  reason: Schema.String,
  /** The destination's own words, cut short and free of our header values; empty without any. */
  message: Schema.optionalKey(Schema.String),
  /** Whom to call: the key is wrong, or the destination's entry is. */
  fault: Schema.optionalKey(Schema.Literals(["unauthorized", "misconfigured"]))
}) {}

/** Nothing can be sent until the destination's entry changes. */
export class SinkMisconfigured extends Schema.TaggedError<SinkMisconfigured>()("SinkMisconfigured", {
  /** Never quotes a header value. */
  message: Schema.String
}) {}

/** One send of one batch, to the end of its answer. Interrupting it ends the exchange. */
export type Attempt = Effect.Effect<Accepted, Retryable | Permanent>

/** One destination's wire: serialization, compression, one exchange. It neither queues nor retries nor counts. */
export interface TraceSink {
  /** What the spans of this process say of their sender, the same object for each. */
  readonly resource: Resource
  /** Of another process: the same object each time, for as long as there are not more than a thousand. */
  readonly senderOf: (process: DetectedResource) => Sender
  readonly scope: InstrumentationScope
  /** Throws only where a span breaks its own contract. */
  readonly encode: (spans: ReadonlyArray<ReadableSpan>) => Uint8Array
  /** Takes back what `encode` gave, which nobody reads again. */
  readonly release?: (bytes: Uint8Array) => void
  /** What a request weighs beyond its spans and its other senders, before compression. */
  readonly envelopeBytes: number
  /** Builds the request once. The attempt may be run any number of times and sends the same bytes each time. */
  readonly prepare: (batch: SpanBatch) => Effect.Effect<Attempt>
}

/** Opens the wire to a destination; closing the scope cuts it without waiting. */
export class TraceSinks extends Context.Service<
  TraceSinks,
  {
    readonly open: (
      destination: Destination,
      /** Resource attributes common to all destinations. */
      common: { readonly [key: string]: string }
    ) => Effect.Effect<TraceSink, SinkMisconfigured, Scope.Scope>
  }
>()("spangate/services/export/TraceSinks") {}
