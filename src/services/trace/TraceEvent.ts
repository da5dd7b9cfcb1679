import type { Price } from "../config/CompiledConfig.ts"
import type { ClientApi, ProviderApi } from "../provider/Api.ts"
import type { RequestFacts, ResponseFacts } from "../provider/Facts.ts"
import type { DetectedResource } from "./resource.ts"

/**
 * What the gateway publishes for one request: everything its trace will ever say, fixed at capture.
 *
 * Times are milliseconds (with fractions to the nanosecond) of a monotonic clock, to be added to `wallBase`;
 * the clock's own steps therefore never bend a duration. Span ids of the stages are derived from `spanId`
 * (`spanIds.ts`), so that expanding an event twice gives the same bytes.
 */
export interface TraceHeader {
  /** Wall clock in Unix milliseconds at monotonic time 0. */
  wallBase: number
  /** 32 lower-case hex digits. */
  traceId: string
  /** Span id of the root, 16 lower-case hex digits. */
  spanId: string
  /** The caller's span, when a valid `traceparent` came in. */
  parentSpanId?: string
  traceState?: string
  /** W3C trace flags. */
  flags: number
  requestId: string
  start: number
  end: number

  method: string
  /** Absent when no route matched. */
  route?: string
  path: string
  host?: string
  clientAddress?: string
  peerAddress?: string
  peerPort?: number
  protocolVersion?: string
  userAgent?: string
  /** Status sent to the client; absent when it left before the head. */
  status?: number

  outcome: Outcome
  /** Low-cardinality cause, set on every refusal and fault: `invalid_json`, `model_not_found`, `provider_timeout`… */
  errorType?: string
  /** For people. Never quotes the request or the provider's body. */
  errorMessage?: string

  api?: ClientApi
  streaming: boolean
  requestedModel?: string
  subject?: string
  teams?: ReadonlyArray<string>
  /** `x-tfy-metadata`, as sent, when it was a JSON object of strings. */
  metadata?: string
  conversationId?: string
  revision: string

  auth?: AuthStage
  resolve?: ResolveStage
  attempts: Array<AttemptStage>
  stream?: StreamStage

  /** `full`: bodies ride along and facts are read from them. `metadata`: only the facts do. */
  capture: "full" | "metadata"
  requestFacts?: RequestFacts
  responseFacts?: ResponseFacts
  /** Size before cutting, when the captured body is not the whole one. */
  requestBytes?: number
  responseBytes?: number
  /** Where in the captured answer its last part begins, when the middle was left out. */
  responseTailAt?: number
}

/**
 * `completed`: the client has the whole answer, whatever its status. `client_disconnected`: the caller left first.
 * `failed`: a fault broke the answer after its head was sent. `shutdown`: the gateway's deadline did.
 */
export type Outcome = "completed" | "client_disconnected" | "failed" | "shutdown"

export interface AuthStage {
  start: number
  end: number
  method: "api_key" | "jwt" | "none"
  result: "ok" | "denied" | "invalid"
  /** missing | invalid_token | expired | unavailable */
  errorType?: string
}

export interface ResolveStage {
  start: number
  end: number
  strategy?: "direct" | "weight" | "priority" | "latency"
  candidates: number
  /** `account/model` of the first target chosen. */
  target?: string
  providerName?: string
  modelId?: string
  modelName?: string
  /** model_not_found | model_forbidden | unsupported_operation */
  errorType?: string
}

/** One call to a provider. */
export interface AttemptStage {
  start: number
  end: number
  /** Arrival of the first body byte. */
  firstByte?: number
  /** Arrival of the first piece of the answer itself, where bytes come before it (`response.created`). */
  firstToken?: number
  /** `account/model`. */
  target: string
  account: string
  modelName: string
  modelId: string
  /** `gen_ai.provider.name`. */
  providerName: string
  api: ProviderApi
  serverAddress: string
  serverPort: number
  /** Without query, and without credentials. */
  url: string
  /** Sends on the same target before this one. */
  resend: number
  /** Another target was tried before. */
  fallback: boolean
  status?: number
  outcome: Outcome
  /** HTTP status as a string, or timeout | time_to_first_token_timeout | connection_refused | connection_reset | dns | tls | stream_interrupted | malformed_response | a provider's in-stream code. */
  errorType?: string
  errorMessage?: string
  /** Start of a provider's error body. Content: removed by Exclude Request Data, absent with `capture: metadata`. */
  errorBody?: string
  price?: Price
}

export interface StreamStage {
  /** First byte from the provider. */
  start: number
  /** Last byte handed to the client. */
  end: number
  chunks: number
  bytes: number
  done: boolean
  outcome: Outcome
  errorType?: string
}

/** An event as it travels: header, and the two bodies as they passed (the request in the client's dialect, the answer in the provider's). */
export interface TraceEvent {
  readonly header: TraceHeader
  readonly request: Uint8Array
  readonly response: Uint8Array
  /** The process that served, the same object for all events of a frame; absent where the frame does not say. */
  readonly sender?: DetectedResource
}
