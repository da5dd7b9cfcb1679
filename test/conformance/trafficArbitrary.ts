import * as Arbitrary from "effect/Arbitrary"
import type { AttemptStage, TraceEvent, TraceHeader } from "../../src/services/trace/TraceEvent.ts"
import { text } from "../layers/otlp/spanArbitrary.ts"
import { oneOf } from "../services/trace/eventArbitrary.ts"
import { attempt, bytes, event, sse } from "../services/trace/events.ts"
import { int, json, knob, maybe } from "./jsonArbitrary.ts"
import { responsesAnswer, responsesRequest, responsesStream } from "./responsesArbitrary.ts"

const toolCall = Arbitrary.map(Arbitrary.all([text, text, json(3)]), ([id, name, args]) => ({
  id,
  type: "function",
  function: { name, arguments: JSON.stringify(args) }
}))

const tool = Arbitrary.map(Arbitrary.all([text, text, json(3)]), ([name, description, parameters]) => ({
  type: "function",
  function: { name, description, parameters }
}))

const part = Arbitrary.flatMap(
  oneOf(["text", "image", "audio", "file"]),
  (kind): Arbitrary.Arbitrary<object> =>
    Arbitrary.map(text, (word) => {
      if (kind === "image") return { type: "image_url", image_url: { url: `https://files.acme.io/${word}` } }
      if (kind === "audio") return { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } }
      return kind === "file" ? { type: "file", file: { file_id: word } } : { type: "text", text: word }
    })
)

const message = Arbitrary.flatMap(
  oneOf(["system", "user", "parts", "assistant", "tool"]),
  (kind): Arbitrary.Arbitrary<object> => {
    if (kind === "parts") {
      return Arbitrary.map(Arbitrary.array(part, { maxLength: 3 }), (content) => ({ role: "user", content }))
    }
    if (kind === "assistant") {
      return Arbitrary.map(
        Arbitrary.all([maybe(text), Arbitrary.array(toolCall, { maxLength: 3 })]),
        ([content, calls]) => ({ role: "assistant", content: content ?? null, tool_calls: calls })
      )
    }
    return Arbitrary.map(text, (content) => ({
      role: kind,
      content,
      ...(kind === "tool" ? { tool_call_id: content } : {})
    }))
  }
)

const chatRequest = Arbitrary.all({
  model: Arbitrary.Constant("prod/chat"),
  messages: Arbitrary.array(message, { maxLength: 4 }),
  temperature: knob,
  top_p: knob,
  frequency_penalty: knob,
  presence_penalty: knob,
  n: oneOf([undefined, 1, 2, 4]),
  seed: oneOf([undefined, 0, 42]),
  max_tokens: oneOf([undefined, 0, 64]),
  stop: Arbitrary.flatMap(
    oneOf([true, false]),
    (one): Arbitrary.Arbitrary<unknown> => (one ? text : Arbitrary.array(text, { maxLength: 3 }))
  ),
  tools: maybe(Arbitrary.array(tool, { maxLength: 3 })),
  response_format: maybe(Arbitrary.map(json(3), (schema) => ({ type: "json_schema", json_schema: { schema } })))
})

/** What a provider says of its tokens, or does not: none is not zero. */
const usage = maybe(
  Arbitrary.map(
    Arbitrary.all([int(0, 50), int(0, 50), int(0, 50), int(0, 50)]),
    ([input, cached, output, thought]) => ({
      prompt_tokens: input + cached,
      completion_tokens: output + thought,
      total_tokens: input + cached + output + thought,
      prompt_tokens_details: { cached_tokens: cached },
      completion_tokens_details: { reasoning_tokens: thought }
    })
  )
)

const choice = Arbitrary.map(
  Arbitrary.all({
    content: maybe(text),
    tool_calls: Arbitrary.array(toolCall, { maxLength: 3 }),
    finish_reason: oneOf(["stop", "length", "tool_calls", "content_filter", null])
  }),
  ({ content, finish_reason, tool_calls }) => ({
    message: { role: "assistant", content: content ?? null, tool_calls },
    finish_reason
  })
)

interface Answer {
  readonly model: string
  readonly usage?: object | undefined
  readonly choices: ReadonlyArray<{
    readonly message: { readonly content: string | null; readonly tool_calls: ReadonlyArray<object> }
    readonly finish_reason: string | null
  }>
}

const answer = Arbitrary.map(
  Arbitrary.all([oneOf([1, 1, 2, 4]), Arbitrary.array(choice, { minLength: 4, maxLength: 4 }), usage]),
  ([n, choices, usage]): Answer => ({ model: "gpt-4o-mini-2024-07-18", choices: choices.slice(0, n), usage })
)

const whole = ({ choices, ...rest }: Answer): object => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  ...rest,
  choices: choices.map((choice, index) => ({ index, ...choice }))
})

/** The answer as events, its text in two at any place: inside a character too. */
export const streamed = ({ choices, usage, ...rest }: Answer, cut = 1): string => {
  const chunk = (more: object) => ({ id: "chatcmpl-2", object: "chat.completion.chunk", ...rest, ...more })
  const deltas = choices.flatMap(({ finish_reason, message: { content, tool_calls } }, index) => {
    const delta = (delta: object, finish: string | null = null) =>
      chunk({ choices: [{ index, delta, finish_reason: finish }] })
    const at = content === null ? 0 : cut % (content.length + 1)
    return [
      delta({ role: "assistant", content: "" }),
      ...(content === null ? [] : [delta({ content: content.slice(0, at) }), delta({ content: content.slice(at) })]),
      ...tool_calls.map((call, index) => delta({ tool_calls: [{ index, ...call }] })),
      delta({}, finish_reason ?? "stop")
    ]
  })
  return sse([...deltas, ...(usage === undefined ? [] : [chunk({ choices: [], usage })]), "[DONE]"])
}

const anthropicRequest = Arbitrary.map(
  Arbitrary.all([text, Arbitrary.array(text, { maxLength: 4 }), json(3), knob, knob]),
  ([system, texts, schema, temperature, topK]) => ({
    model: "prod/chat",
    max_tokens: 64,
    system,
    temperature,
    top_k: topK,
    stop_sequences: texts,
    messages: texts.map((word, index) => ({
      role: index % 2 === 0 ? "user" : "assistant",
      content:
        index === 1
          ? [
              { type: "text", text: word },
              { type: "tool_use", id: "t", name: word, input: {} }
            ]
          : word
    })),
    tools: [{ name: "t", description: system, input_schema: schema }]
  })
)

const anthropicAnswer = Arbitrary.map(
  Arbitrary.all([text, json(2), int(0, 20), int(0, 20)]),
  ([word, input, tokens, cached]) => ({
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude-sonnet",
    content: [
      { type: "thinking", thinking: word, signature: "s" },
      { type: "text", text: word },
      { type: "tool_use", id: "toolu_1", name: word, input: { input } }
    ],
    stop_reason: "tool_use",
    usage: { input_tokens: tokens, output_tokens: tokens, cache_read_input_tokens: cached }
  })
)

interface Bodies {
  readonly over: Partial<TraceHeader>
  readonly attempt: Partial<AttemptStage>
  readonly request: unknown
  readonly response: unknown
}

const bodies: Arbitrary.Arbitrary<Bodies> = Arbitrary.flatMap(
  oneOf(["chat", "chat", "stream", "stream", "messages", "embeddings", "completions", "responses", "responses"]),
  (kind): Arbitrary.Arbitrary<Bodies> => {
    if (kind === "messages") {
      return Arbitrary.map(Arbitrary.all([anthropicRequest, anthropicAnswer]), ([request, response]) => ({
        over: { api: "messages", route: "/v1/messages", path: "/v1/messages" },
        attempt: { api: "anthropic" },
        request,
        response
      }))
    }
    if (kind === "responses") {
      return Arbitrary.map(
        Arbitrary.all([responsesRequest, responsesAnswer, oneOf([true, false])]),
        ([request, response, stream]) => ({
          over: { api: kind, route: "/v1/responses", path: "/v1/responses", streaming: stream },
          attempt: {},
          request: { ...request, stream },
          response: stream ? responsesStream(response) : response
        })
      )
    }
    if (kind === "embeddings" || kind === "completions") {
      return Arbitrary.map(Arbitrary.array(text, { minLength: 1, maxLength: 3 }), (words) => ({
        over: { api: kind, route: `/v1/${kind}`, path: `/v1/${kind}` },
        attempt: {},
        request: kind === "embeddings" ? { model: "m", input: words } : { model: "m", prompt: words[0] },
        response:
          kind === "embeddings"
            ? { object: "list", data: [], usage: { prompt_tokens: 3, total_tokens: 3 } }
            : { choices: words.map((word, index) => ({ index, text: word, finish_reason: "stop" })) }
      }))
    }
    return Arbitrary.map(Arbitrary.all([chatRequest, answer, int(0, 50)]), ([request, response, cut]) =>
      kind === "chat"
        ? { over: {}, attempt: {}, request, response: whole(response) }
        : {
            over: { streaming: true },
            attempt: {},
            request: { ...request, stream: true },
            response: streamed(response, cut)
          }
    )
  }
)

/** Milliseconds between two moments of a request; none is no time at all between stages. */
const gap = oneOf([0, 0.000_001, 0.25, 3, 40.000_321])

const hex = (digits: number) =>
  Arbitrary.map(Arbitrary.array(int(0, 15), { minLength: digits, maxLength: digits }), (list) => {
    const [first = 0, ...rest] = list
    return [first || 1, ...rest].map((digit) => digit.toString(16)).join("")
  })

const caller = Arbitrary.map(
  Arbitrary.all([maybe(hex(16)), oneOf([0, 1, 2, 3]), oneOf([undefined, "congo=t61rcWkgMzE", "a=1,b=2"])]),
  ([parentSpanId, flags, traceState]): Partial<TraceHeader> => ({
    flags,
    ...(parentSpanId === undefined ? {} : { parentSpanId, ...(traceState === undefined ? {} : { traceState }) })
  })
)

const words = Arbitrary.map(
  Arbitrary.all([text, text, Arbitrary.array(text, { maxLength: 3 }), text, text]),
  ([requestedModel, subject, teams, metadata, userAgent]): Partial<TraceHeader> => ({
    requestedModel,
    subject,
    teams,
    metadata: JSON.stringify({ note: metadata }),
    conversationId: metadata,
    userAgent
  })
)

const START = 5_000_000

/**
 * A request that a gateway served, after so many failed attempts: any text in every place that takes some, every API,
 * streams cut inside a character, times from none at all to fractions of a microsecond.
 */
export const traffic: Arbitrary.Arbitrary<TraceEvent> = Arbitrary.map(
  Arbitrary.all({
    traceId: hex(32),
    spanId: hex(16),
    bodies,
    caller,
    words,
    failures: oneOf([0, 0, 0, 1, 2]),
    gaps: Arbitrary.array(gap, { minLength: 16, maxLength: 16 })
  }),
  ({ bodies, caller, failures, gaps, spanId, traceId, words }) => {
    let [now, at] = [START, 0]
    const later = () => (now += gaps[at++] ?? 0)
    const auth = { start: later(), end: later(), method: "api_key", result: "ok" } as const
    const resolve = { start: later(), end: later(), candidates: 1, strategy: "weight" } as const
    const attempts = Array.from({ length: failures + 1 }, (_, index): AttemptStage => {
      const { firstByte: _firstByte, status: _status, ...base } = attempt({ ...bodies.attempt, start: later() })
      // A call takes time, however little.
      const firstByte = later() + 0.001
      const end = (now = firstByte + (gaps[at++] ?? 0) + 0.001)
      const rest = { ...base, end, resend: index }
      return index < failures
        ? { ...rest, outcome: "failed", status: 503, errorType: "503", errorMessage: "The provider answered 503." }
        : {
            ...rest,
            firstByte,
            ...(bodies.over.api === "responses" ? { firstToken: firstByte + 0.001 } : {}),
            status: 200,
            outcome: "completed"
          }
    })
    const last = attempts.at(-1)
    const stream =
      bodies.over.streaming === true && last?.firstByte !== undefined
        ? { start: last.firstByte, end: now, chunks: 3, bytes: 900, done: true, outcome: "completed" as const }
        : undefined
    const over: Partial<TraceHeader> = {
      ...words,
      ...caller,
      ...bodies.over,
      traceId,
      spanId,
      start: START,
      auth,
      resolve,
      attempts,
      ...(stream === undefined ? {} : { stream }),
      end: later()
    }
    const { header } = event(over)
    if (caller.parentSpanId === undefined) delete header.parentSpanId
    if (caller.traceState === undefined) delete header.traceState
    return { header, request: bytes(bodies.request), response: bytes(bodies.response) }
  }
)
