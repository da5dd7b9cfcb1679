/**
 * Every attribute name that a span of ours carries, in one place: its OTLP type, and whether it is content.
 *
 * The names are those of the GenAI, OpenAI and HTTP semantic conventions v1.41.0 (`SCHEMA_URL`), TrueFoundry's `tfy.*`
 * and `applied_*`, and our own `gateway.*`. `expand` can write no other; the encoder takes the number types from here,
 * so that a temperature of 1 stays a double; the redactor keeps only what is declared not to be content.
 */
export const SCHEMA_URL = "https://opentelemetry.io/schemas/1.41.0"

export type AttributeType = "string" | "int" | "double" | "bool" | "string[]"

export interface Attribute {
  readonly type: AttributeType
  /** Words of the request, of the answer or of an error body: removed by Exclude Request Data. */
  readonly content: boolean
}

// Text is content until declared to be a label, so that a new attribute cannot leak by being forgotten.
const text = { type: "string", content: true } as const
const texts = { type: "string[]", content: true } as const
const label = { type: "string", content: false } as const
const labels = { type: "string[]", content: false } as const
const int = { type: "int", content: false } as const
const double = { type: "double", content: false } as const
const bool = { type: "bool", content: false } as const

const table = {
  "http.request.method": label,
  "http.request.method_original": label,
  "http.request.body.size": int,
  "http.request.resend_count": int,
  "http.response.status_code": int,
  "http.response.body.size": int,
  "http.route": label,
  "url.full": label,
  "url.path": label,
  "url.scheme": label,
  "server.address": label,
  "server.port": int,
  "client.address": label,
  "network.peer.address": label,
  "network.peer.port": int,
  "network.protocol.version": label,
  "user_agent.original": label,
  "error.type": label,
  "peer.service": label,
  "service.peer.name": label,

  "gen_ai.operation.name": label,
  "gen_ai.provider.name": label,
  "gen_ai.conversation.id": label,
  "gen_ai.output.type": label,
  "gen_ai.request.model": label,
  "gen_ai.request.stream": bool,
  "gen_ai.request.max_tokens": int,
  "gen_ai.request.temperature": double,
  "gen_ai.request.top_p": double,
  "gen_ai.request.top_k": double,
  "gen_ai.request.frequency_penalty": double,
  "gen_ai.request.presence_penalty": double,
  "gen_ai.request.seed": int,
  "gen_ai.request.choice.count": int,
  "gen_ai.request.stop_sequences": texts,
  "gen_ai.response.id": label,
  "gen_ai.response.model": label,
  "gen_ai.response.finish_reasons": labels,
  "gen_ai.response.time_to_first_chunk": double,
  "gen_ai.usage.input_tokens": int,
  "gen_ai.usage.output_tokens": int,
  "gen_ai.usage.cache_read.input_tokens": int,
  "gen_ai.usage.cache_creation.input_tokens": int,
  "gen_ai.usage.reasoning.output_tokens": int,
  "gen_ai.input.messages": text,
  "gen_ai.output.messages": text,
  "gen_ai.system_instructions": text,
  "gen_ai.tool.definitions": text,
  "openai.api.type": label,
  "openai.request.service_tier": label,
  "openai.response.service_tier": label,
  "openai.response.system_fingerprint": label,

  "tfy.span_type": label,
  "tfy.input": text,
  "tfy.output": text,
  "tfy.input_short_hand": text,
  "tfy.error_message": text,
  "tfy.error_type": label,
  "tfy.request.model_name": label,
  "tfy.request.created_by_subject": label,
  "tfy.request.created_by_subject_teams": labels,
  // What the client says about its request, in a header made for it: kept with Exclude Request Data.
  "tfy.request.metadata": label,
  "tfy.request.conversation_id": label,
  "tfy.model.id": label,
  "tfy.model.name": label,
  "tfy.model.fqn": label,
  "tfy.model.request_url": label,
  "tfy.model.request_type": label,
  "tfy.model.streaming": bool,
  "tfy.model.metric.latency_in_ms": double,
  "tfy.model.metric.time_to_first_token_in_ms": double,
  "tfy.model.metric.inter_token_latency_in_ms": double,
  "tfy.model.metric.input_tokens": int,
  "tfy.model.metric.output_tokens": int,
  "tfy.model.metric.cache_read_input_tokens": int,
  "tfy.model.metric.cache_creation_input_tokens": int,
  "tfy.model.metric.cost_in_usd": double,

  "gateway.request.id": label,
  "gateway.client_disconnected": bool,
  "gateway.input_truncated": bool,
  "gateway.output_truncated": bool,
  // Bytes of an attribute before it was cut, or left out, to fit a request.
  "gateway.original_size.gen_ai.input.messages": int,
  "gateway.original_size.gen_ai.output.messages": int,
  "gateway.original_size.gen_ai.system_instructions": int,
  "gateway.original_size.gen_ai.tool.definitions": int,
  "gateway.original_size.tfy.input": int,
  "gateway.original_size.tfy.output": int,
  "gateway.original_size.gateway.provider_error": int,
  // Of a destination whose patterns cost too much to search all texts for them.
  "gateway.redaction.withheld_characters": int,
  "gateway.auth.method": label,
  "gateway.auth.result": label,
  "gateway.config.revision": label,
  "gateway.routing.strategy": label,
  "gateway.routing.candidate_count": int,
  "gateway.attempt": int,
  "gateway.fallback": bool,
  "gateway.usage_partial": bool,
  "gateway.provider_error": text,
  "gateway.stream.chunk_count": int,
  "gateway.stream.bytes": int,
  "gateway.stream.inter_chunk_avg_s": double,
  "gateway.stream.done_received": bool
} as const satisfies Record<string, Attribute>

export type AttributeName = keyof typeof table

export const attributes: ReadonlyMap<string, Attribute> = new Map(Object.entries(table))

interface TypeOf {
  readonly string: string
  readonly int: number
  readonly double: number
  readonly bool: boolean
  readonly "string[]": Array<string>
}

/** The attributes of one span, each of the type that the table gives it. */
export type SpanAttributes = { [K in AttributeName]?: TypeOf[(typeof table)[K]["type"]] }

/** Sets what is known: an absent value, an empty text, an empty list or no number leaves the attribute out. */
export const put = <K extends AttributeName>(
  target: SpanAttributes,
  name: K,
  value: NonNullable<SpanAttributes[K]> | undefined
): void => {
  if (value === undefined || value === "" || Number.isNaN(value)) return
  if (Array.isArray(value) && value.length === 0) return
  target[name] = value
}
