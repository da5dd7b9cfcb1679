import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import type { TraceEvent, TraceHeader } from "../../../src/services/trace/TraceEvent.ts"
import { attempt, bytes, event, outcomes, REQUEST, RESPONSE, STREAM, sse } from "./events.ts"

const int = (minimum: number, maximum: number) =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))

export const oneOf = <const A>(values: ReadonlyArray<A>): Arbitrary.Arbitrary<A> =>
  Arbitrary.map(int(0, values.length - 1), (index) => values[index] as A)

/** Bytes that a body can really be: whole, cut anywhere, not UTF-8, JSON of no known form, nothing. */
const body = (whole: ReadonlyArray<unknown>): Arbitrary.Arbitrary<Uint8Array> =>
  Arbitrary.flatMap(oneOf(["whole", "cut", "noise", "odd", "empty"]), (kind): Arbitrary.Arbitrary<Uint8Array> => {
    if (kind === "empty") return Arbitrary.Constant(new Uint8Array(0))
    if (kind === "noise")
      return Arbitrary.map(Arbitrary.array(int(0, 255), { maxLength: 40 }), (list) => Uint8Array.from(list))
    const text = Arbitrary.map(oneOf(whole), bytes)
    if (kind === "whole") return text
    if (kind === "cut") return Arbitrary.map(Arbitrary.all([text, int(0, 300)]), ([full, at]) => full.subarray(0, at))
    return Arbitrary.map(
      oneOf([
        "null",
        "[]",
        "7",
        '{"messages":5}',
        '{"messages":[null,{"role":7,"content":{"a":1}}],"tools":"x"}',
        '{"choices":{"0":1},"usage":[]}',
        'data: {"choices":[null]}\n\n',
        "event: error\ndata: {}\n\n",
        'data: {"type":"response.completed","response":{"output":[{"type":"message","content":{}}],"usage":[]}}\n\n',
        '{"input":[{"type":"function_call"},7],"instructions":[],"text":1}'
      ]),
      bytes
    )
  })

const START = 5_000_000
// Times that make no sense come too: a clock that jumps, a stage that was never ended.
const time = Arbitrary.map(oneOf([0, -5, 0.000001, 1, 20.5, 50, 99.999999, 130]), (ms) => START + ms)
const ended = Arbitrary.flatMap(oneOf([true, true, false]), (sane) => (sane ? time : Arbitrary.Constant(0)))
const outcome = oneOf(["completed", "client_disconnected", "failed", "shutdown"] as const)
const cause = oneOf([undefined, "timeout", "503", "a sentence that quotes the prompt", ""])
const status = oneOf([undefined, 200, 400, 429, 500, 503])

const optional = <A>(value: Arbitrary.Arbitrary<A>): Arbitrary.Arbitrary<A | undefined> =>
  Arbitrary.flatMap(
    oneOf([true, true, false]),
    (there): Arbitrary.Arbitrary<A | undefined> => (there ? value : Arbitrary.Constant(undefined))
  )

const attemptStage = Arbitrary.map(
  Arbitrary.all({
    start: time,
    end: ended,
    firstByte: optional(time),
    firstToken: optional(time),
    api: oneOf(["openai", "anthropic"] as const),
    status,
    outcome,
    errorType: cause,
    errorMessage: oneOf([undefined, "It failed."]),
    errorBody: oneOf([undefined, "{broken"]),
    resend: int(0, 2),
    fallback: oneOf([true, false]),
    url: oneOf(["https://api.openai.com/v1/x", "https://api.openai.com/v1/x?key=secret#part"])
  }),
  (over) => attempt(defined(over))
)

/** Drops what is undefined, which the header's type does not allow. */
const defined = <A extends object>(over: A): { [K in keyof A]: Exclude<A[K], undefined> } =>
  Object.fromEntries(Object.entries(over).filter(([, value]) => value !== undefined)) as {
    [K in keyof A]: Exclude<A[K], undefined>
  }

const header = Arbitrary.map(
  Arbitrary.all({
    start: time,
    end: ended,
    method: oneOf(["POST", "GET", "BREW", "post"]),
    route: oneOf([undefined, "/v1/chat/completions", "/v1/messages"]),
    path: oneOf(["/v1/chat/completions", "/v1/x?prompt=secret"]),
    host: oneOf([undefined, "gw:80", "gw", "[::1]:80", "a:b:c", "", "gw:99999999"]),
    api: oneOf([undefined, "chat_completions", "completions", "embeddings", "messages", "responses"] as const),
    status,
    outcome,
    errorType: cause,
    errorMessage: oneOf([undefined, "It failed.", ""]),
    streaming: oneOf([true, false]),
    capture: oneOf(["full", "full", "metadata"] as const),
    requestFacts: oneOf([undefined, { model: "m", temperature: 0, stopSequences: [] }]),
    responseFacts: oneOf([undefined, { done: false, finishReasons: [], usage: {} }]),
    responseBytes: oneOf([undefined, 10_000]),
    responseTailAt: oneOf([undefined, undefined, 5, 10_000]),
    auth: optional(
      Arbitrary.map(
        Arbitrary.all({
          start: time,
          end: ended,
          result: oneOf(["ok", "denied", "invalid"] as const),
          errorType: cause
        }),
        (stage) => ({ ...defined(stage), method: "jwt" as const })
      )
    ),
    resolve: optional(
      Arbitrary.map(Arbitrary.all({ start: time, end: ended, errorType: cause }), (stage) => ({
        ...defined(stage),
        candidates: 0
      }))
    ),
    stream: optional(
      Arbitrary.map(
        Arbitrary.all({
          start: time,
          end: ended,
          chunks: int(0, 3),
          done: oneOf([true, false]),
          outcome,
          errorType: cause
        }),
        (stage) => ({ ...defined(stage), bytes: 10 })
      )
    ),
    attempts: Arbitrary.array(attemptStage, { maxLength: 3 })
  }),
  (over): TraceHeader => {
    const base = event().header
    for (const key of ["route", "host", "api", "status", "auth", "resolve"] as const) delete base[key]
    return { ...base, ...defined(over) }
  }
)

/** Any event at all, sensible or not. */
export const anyEvent: Arbitrary.Arbitrary<TraceEvent> = Arbitrary.all({
  header,
  request: body([REQUEST, { ...REQUEST, stream: true }, "not JSON"]),
  response: body([RESPONSE, sse(STREAM), sse(STREAM.slice(0, 3))])
})

/** Events of the ways that a request really ends. */
export const realEvent: Arbitrary.Arbitrary<TraceEvent> = oneOf(Object.values<TraceEvent>(outcomes))
