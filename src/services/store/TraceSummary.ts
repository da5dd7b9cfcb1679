import * as Schema from "effect/Schema"

/** `ok`: a whole answer below 400. `cancelled`: the client left first. `error`: everything else. */
export const TraceResult = Schema.Literals(["ok", "error", "cancelled"])
export type TraceResult = typeof TraceResult.Type

/** One row of the list of traces: what can be filtered by, and what is shown at a glance. Absent means that nobody said. */
export const TraceSummary = Schema.Struct({
  /** 32 hex digits. */
  traceId: Schema.String,
  /** The root's, 16 hex digits. With `traceId` it names the row: several requests of one caller may share a trace. */
  spanId: Schema.String,
  requestId: Schema.String,
  /** Unix milliseconds, with fractions. */
  start: Schema.Finite,
  durationMs: Schema.Finite,
  /** From the request's start to the first byte of the answer's body; of streams. */
  timeToFirstTokenMs: Schema.optionalKey(Schema.Finite),
  /** The configuration that served it. */
  revision: Schema.String,
  result: TraceResult,
  /** HTTP status that the client got. */
  status: Schema.optionalKey(Schema.Int),
  errorType: Schema.optionalKey(Schema.String),
  errorMessage: Schema.optionalKey(Schema.String),
  route: Schema.optionalKey(Schema.String),
  streaming: Schema.Boolean,
  /** What the client asked for. */
  requestedModel: Schema.optionalKey(Schema.String),
  /** `account/model` that answered, or was tried last. */
  model: Schema.optionalKey(Schema.String),
  /** `gen_ai.provider.name`. */
  provider: Schema.optionalKey(Schema.String),
  subject: Schema.optionalKey(Schema.String),
  teams: Schema.Array(Schema.String),
  conversationId: Schema.optionalKey(Schema.String),
  /** `x-tfy-metadata`. */
  metadata: Schema.Record(Schema.String, Schema.String),
  finishReasons: Schema.Array(Schema.String),
  inputTokens: Schema.optionalKey(Schema.Int),
  outputTokens: Schema.optionalKey(Schema.Int),
  cachedInputTokens: Schema.optionalKey(Schema.Int),
  /** US dollars. */
  cost: Schema.optionalKey(Schema.Finite),
  /** Sends to providers. */
  attempts: Schema.Int,
  /** Another target was tried before the one that answered. */
  fallback: Schema.Boolean,
  /** First 200 characters of the last user text; absent with `capture: metadata`. */
  inputPreview: Schema.optionalKey(Schema.String)
})
export type TraceSummary = typeof TraceSummary.Type

const AttributeValue = Schema.Union([Schema.String, Schema.Number, Schema.Boolean, Schema.Array(Schema.String)])

/** A span as stored and shown: what `expand` gives, as JSON. Times are Unix nanoseconds in decimal digits. */
export const StoredSpan = Schema.Struct({
  spanId: Schema.String,
  parentSpanId: Schema.optionalKey(Schema.String),
  name: Schema.String,
  kind: Schema.Literals(["internal", "server", "client", "producer", "consumer"]),
  startTimeUnixNano: Schema.String,
  endTimeUnixNano: Schema.String,
  status: Schema.Struct({
    code: Schema.Literals(["unset", "ok", "error"]),
    message: Schema.optionalKey(Schema.String)
  }),
  attributes: Schema.Record(Schema.String, AttributeValue),
  events: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      timeUnixNano: Schema.String,
      attributes: Schema.Record(Schema.String, AttributeValue)
    })
  )
})
export type StoredSpan = typeof StoredSpan.Type

/** One request: its row and its spans, the root first. */
export const StoredTrace = Schema.Struct({
  summary: TraceSummary,
  spans: Schema.Array(StoredSpan)
})
export type StoredTrace = typeof StoredTrace.Type
