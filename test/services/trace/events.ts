import type { AttemptStage, TraceEvent, TraceHeader } from "../../../src/services/trace/TraceEvent.ts"

/** Events as the gateway would offer them, one for each way that a request can end. Times are in milliseconds after the start. */

const START = 5_000_000.125001

export const bytes = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value))

export const REQUEST = {
  model: "prod/chat",
  temperature: 1,
  top_p: 0.5,
  max_tokens: 64,
  messages: [
    { role: "system", content: "You are terse." },
    { role: "user", content: "What is the capital of France?" }
  ]
}

export const RESPONSE = {
  id: "chatcmpl-1",
  object: "chat.completion",
  model: "gpt-4o-mini-2024-07-18",
  system_fingerprint: "fp_1",
  choices: [{ index: 0, message: { role: "assistant", content: "Paris." }, finish_reason: "stop" }],
  usage: {
    prompt_tokens: 20,
    completion_tokens: 4,
    total_tokens: 24,
    prompt_tokens_details: { cached_tokens: 8 },
    completion_tokens_details: { reasoning_tokens: 0 }
  }
}

const chunk = (delta: object, finish: string | null = null) => ({
  id: "chatcmpl-2",
  object: "chat.completion.chunk",
  model: "gpt-4o-mini-2024-07-18",
  choices: [{ index: 0, delta, finish_reason: finish }]
})

export const sse = (events: ReadonlyArray<unknown>): string =>
  events.map((event) => `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`).join("")

export const STREAM = [
  chunk({ role: "assistant", content: "" }),
  chunk({ content: "Par" }),
  chunk({ content: "is." }),
  chunk({}, "stop"),
  { ...chunk({}), choices: [], usage: { prompt_tokens: 20, completion_tokens: 4, total_tokens: 24 } },
  "[DONE]"
]

const header = (over: Partial<TraceHeader> = {}): TraceHeader => ({
  wallBase: 1_764_000_000_000.5,
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  parentSpanId: "00f067aa0ba902b7",
  traceState: "congo=t61rcWkgMzE",
  flags: 1,
  requestId: "0af7651916cd43dd8448eb211c80319cb7ad6b7169203331",
  start: START,
  end: START + 100,
  method: "POST",
  route: "/v1/chat/completions",
  path: "/v1/chat/completions",
  host: "gw.acme.io:8787",
  clientAddress: "10.0.0.7",
  peerAddress: "10.0.0.1",
  peerPort: 51_234,
  protocolVersion: "1.1",
  userAgent: "OpenAI/Python 1.0",
  status: 200,
  outcome: "completed",
  api: "chat_completions",
  streaming: false,
  requestedModel: "prod/chat",
  subject: "user:alice",
  teams: ["ml"],
  metadata: '{"env":"test"}',
  conversationId: "conv-1",
  revision: "r1",
  auth: { start: START + 1, end: START + 2.5, method: "api_key", result: "ok" },
  resolve: {
    start: START + 3,
    end: START + 3.5,
    strategy: "weight",
    candidates: 2,
    target: "openai-main/gpt-4o-mini",
    providerName: "openai",
    modelId: "gpt-4o-mini",
    modelName: "gpt-4o-mini"
  },
  attempts: [attempt()],
  capture: "full",
  ...over
})

export const attempt = (over: Partial<AttemptStage> = {}): AttemptStage => ({
  start: START + 4,
  end: START + 98.000321,
  firstByte: START + 90,
  target: "openai-main/gpt-4o-mini",
  account: "openai-main",
  modelName: "gpt-4o-mini",
  modelId: "gpt-4o-mini",
  providerName: "openai",
  api: "openai",
  serverAddress: "api.openai.com",
  serverPort: 443,
  url: "https://api.openai.com/v1/chat/completions",
  resend: 0,
  fallback: false,
  status: 200,
  outcome: "completed",
  price: { inputPerMillion: 0.15, outputPerMillion: 0.6, cachedInputPerMillion: 0.075 },
  ...over
})

const without = (base: TraceHeader, ...keys: ReadonlyArray<keyof TraceHeader>): TraceHeader => {
  const copy = { ...base }
  for (const key of keys) delete copy[key]
  return copy
}

export const event = (
  over: Partial<TraceHeader> = {},
  request: unknown = REQUEST,
  response: unknown = RESPONSE
): TraceEvent => ({
  header: header(over),
  request: bytes(request),
  response: bytes(response)
})

const refused = (
  over: Partial<TraceHeader>,
  missing: ReadonlyArray<keyof TraceHeader>,
  request: unknown = ""
): TraceEvent => ({
  header: without(header({ attempts: [], ...over }), ...missing),
  request: bytes(request),
  response: new Uint8Array(0)
})

const failure = (over: Partial<AttemptStage>): AttemptStage => {
  const { firstByte: _firstByte, status: _status, ...rest } = attempt()
  return { ...rest, outcome: "failed", ...over }
}

const streamed = (
  over: Partial<TraceHeader>,
  response: ReadonlyArray<unknown>,
  stage: Partial<NonNullable<TraceHeader["stream"]>> = {}
) =>
  event(
    {
      streaming: true,
      stream: {
        start: START + 50,
        end: START + 99,
        chunks: 6,
        bytes: 900,
        done: true,
        outcome: "completed",
        ...stage
      },
      attempts: [attempt({ firstByte: START + 50 })],
      ...over
    },
    { ...REQUEST, stream: true },
    sse(response)
  )

const broken = { outcome: "failed", errorType: "stream_interrupted" } as const

/** By the way it ended. */
export const outcomes = {
  completed: event(),
  "completed stream": streamed({}, STREAM),
  "401": refused(
    {
      status: 401,
      errorType: "invalid_api_key",
      errorMessage: "The key is not known.",
      auth: { start: START + 1, end: START + 2, method: "api_key", result: "invalid", errorType: "invalid_token" }
    },
    ["resolve", "subject", "teams", "requestedModel", "metadata", "conversationId", "revision"].filter(
      (key): key is "resolve" => key !== "revision"
    )
  ),
  "403": refused(
    {
      status: 403,
      errorType: "model_forbidden",
      errorMessage: "This caller may not use the model.",
      resolve: { start: START + 3, end: START + 3.2, candidates: 0, errorType: "model_forbidden" }
    },
    [],
    REQUEST
  ),
  "404 model": refused(
    {
      status: 404,
      errorType: "model_not_found",
      errorMessage: "There is no such model.",
      resolve: { start: START + 3, end: START + 3.2, candidates: 0, errorType: "model_not_found" }
    },
    [],
    REQUEST
  ),
  "404 route": refused(
    { status: 404, errorType: "route_not_found", errorMessage: "There is no POST route here.", path: "/v2/secret" },
    ["route", "api", "auth", "resolve", "subject", "teams", "requestedModel", "metadata", "conversationId"]
  ),
  "413": refused({ status: 413, errorType: "request_too_large", errorMessage: "The body is too large." }, [
    "resolve",
    "requestedModel"
  ]),
  "malformed JSON": refused(
    { status: 400, errorType: "invalid_json", errorMessage: "The body is not JSON." },
    ["resolve", "requestedModel"],
    '{"model": "prod/chat", "messages": ['
  ),
  "provider 4xx": event(
    {
      status: 400,
      errorType: "provider_400",
      errorMessage: "The provider answered 400.",
      attempts: [
        failure({
          status: 400,
          errorType: "400",
          errorMessage: "The provider answered 400.",
          errorBody: '{"error":{"message":"bad tool"}}'
        })
      ]
    },
    REQUEST,
    ""
  ),
  "provider 5xx": event(
    {
      status: 503,
      errorType: "provider_503",
      errorMessage: "The provider answered 503.",
      attempts: [
        failure({ status: 503, errorType: "503", errorMessage: "The provider answered 503.", end: START + 20 }),
        failure({
          status: 503,
          errorType: "503",
          errorMessage: "The provider answered 503.",
          start: START + 30,
          resend: 1
        })
      ]
    },
    REQUEST,
    ""
  ),
  "provider reset": event(
    {
      status: 502,
      errorType: "provider_unreachable",
      errorMessage: "The provider closed the connection.",
      attempts: [failure({ errorType: "connection_reset", errorMessage: "The provider closed the connection." })]
    },
    REQUEST,
    ""
  ),
  "provider timeout": event(
    {
      status: 504,
      errorType: "provider_timeout",
      errorMessage: "The provider did not answer in time.",
      attempts: [failure({ errorType: "timeout", errorMessage: "The provider did not answer in time." })]
    },
    REQUEST,
    ""
  ),
  "fallback succeeded": event({
    attempts: [
      failure({ status: 500, errorType: "500", errorMessage: "The provider answered 500.", end: START + 30 }),
      attempt({
        start: START + 31,
        target: "anthropic-main/claude",
        account: "anthropic-main",
        modelName: "claude",
        modelId: "claude-sonnet",
        fallback: true
      })
    ]
  }),
  "malformed SSE": streamed(
    {
      ...broken,
      errorMessage: "The provider ended its stream without its final event.",
      attempts: [failure({ ...broken, status: 200, firstByte: START + 50 })]
    },
    ["{not json", "\u0000"],
    { ...broken, done: false, chunks: 1 }
  ),
  "error in the stream": streamed(
    {
      outcome: "failed",
      errorType: "overloaded_error",
      errorMessage: "The provider sent an error event.",
      attempts: [failure({ status: 200, firstByte: START + 50, errorType: "overloaded_error" })]
    },
    [...STREAM.slice(0, 2), { error: { type: "overloaded_error", message: "Overloaded, says the provider" } }],
    { outcome: "failed", errorType: "overloaded_error", done: false }
  ),
  "abort before head": {
    ...event({ outcome: "client_disconnected", attempts: [failure({ outcome: "client_disconnected" })] }, REQUEST, ""),
    header: without(
      header({ outcome: "client_disconnected", attempts: [failure({ outcome: "client_disconnected" })] }),
      "status"
    )
  },
  "abort mid-stream": streamed(
    { outcome: "client_disconnected", attempts: [attempt({ firstByte: START + 50, outcome: "client_disconnected" })] },
    STREAM.slice(0, 2),
    { outcome: "client_disconnected", done: false, chunks: 2 }
  ),
  shutdown: event(
    {
      status: 503,
      outcome: "shutdown",
      errorType: "gateway_shutdown",
      errorMessage: "The gateway is shutting down.",
      attempts: [failure({ outcome: "shutdown" })]
    },
    REQUEST,
    ""
  ),
  "shutdown mid-stream": streamed(
    { outcome: "shutdown", attempts: [attempt({ firstByte: START + 50, outcome: "shutdown" })] },
    STREAM.slice(0, 2),
    { outcome: "shutdown", done: false, chunks: 2 }
  ),
  "list of models": refused({ method: "GET", route: "/v1/models", path: "/v1/models" }, [
    "api",
    "resolve",
    "requestedModel",
    "conversationId"
  ])
} as const satisfies { readonly [name: string]: TraceEvent }
