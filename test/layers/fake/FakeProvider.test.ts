import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { FakeProvider } from "../../../src/layers/fake/FakeProvider.ts"
import { eventData, exchange } from "./httpExchange.ts"

const ANTHROPIC = { "x-api-key": "k", "anthropic-version": "2023-06-01" }

const post = (path: string, body: unknown, headers: { readonly [name: string]: string } = {}) =>
  Effect.flatMap(FakeProvider, ({ origin }) => exchange(`${origin}${path}`, { body: JSON.stringify(body), headers }))

const user = (content: unknown) => ({ role: "user", content })
const chat = (content: unknown, more: object = {}) =>
  post("/v1/chat/completions", { model: "m", messages: [user(content)], ...more })
const messages = (content: unknown, more: object = {}) =>
  post("/v1/messages", { model: "m", max_tokens: 1000, messages: [user(content)], ...more }, ANTHROPIC)

const events = (text: string) =>
  eventData(text)
    .filter((data) => data !== "[DONE]")
    .map((data) => JSON.parse(data))

describe("FakeProvider, OpenAI's dialect", () => {
  it.effect("says back what it was told, the same each time but for the id", () =>
    Effect.gen(function* () {
      const first = yield* chat("héllo 🙂")
      const second = yield* chat([{ type: "text", text: "héllo 🙂" }])
      const [a, b] = [JSON.parse(first.text), JSON.parse(second.text)]
      assert.strictEqual(a.choices[0].message.content, "You said: héllo 🙂")
      assert.deepStrictEqual(a.choices, b.choices)
      assert.deepStrictEqual(a.usage, b.usage)
      assert.notStrictEqual(a.id, b.id)
      assert.strictEqual(a.usage.completion_tokens, 4)
      assert.strictEqual(a.usage.total_tokens, a.usage.prompt_tokens + a.usage.completion_tokens)
      assert.strictEqual(first.headers["content-type"], "application/json")
      assert.property(first.headers, "x-request-id")
    }).pipe(Effect.provide(FakeProvider.layer()))
  )

  it.effect("streams the same answer, with usage last and without choices when it is asked for", () =>
    Effect.gen(function* () {
      const whole = JSON.parse((yield* chat("one two")).text)
      const stream = yield* chat("one two", { stream: true, stream_options: { include_usage: true } })
      assert.isTrue(stream.text.endsWith("data: [DONE]\n\n"))
      const chunks = events(stream.text)
      const content = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")
      assert.strictEqual(content, whole.choices[0].message.content)
      const last = chunks.at(-1)
      assert.deepStrictEqual([last.choices, last.usage], [[], whole.usage])
      assert.isTrue(chunks.slice(0, -1).every((chunk) => chunk.usage === null))
      const plain = events((yield* chat("one two", { stream: true })).text)
      assert.isFalse(plain.some((chunk) => "usage" in chunk))
      assert.strictEqual(plain.at(-1).choices[0].finish_reason, "stop")
    }).pipe(Effect.provide(FakeProvider.layer()))
  )

  it.effect("gives n choices that differ, interleaved in a stream", () =>
    Effect.gen(function* () {
      const whole = JSON.parse((yield* chat("x", { n: 2 })).text)
      assert.deepStrictEqual(
        whole.choices.map((choice: { message: { content: string } }) => choice.message.content),
        ["You said: x", "You said: x (2)"]
      )
      const stream = events((yield* chat("x", { n: 2, stream: true })).text)
      assert.deepStrictEqual(
        stream.slice(0, 6).map((chunk) => chunk.choices[0].index),
        [0, 1, 0, 1, 0, 1]
      )
    }).pipe(Effect.provide(FakeProvider.layer()))
  )

  it.effect("cuts at max_tokens, thinks when asked to, and reports long prompts as cached", () =>
    Effect.gen(function* () {
      const cut = JSON.parse((yield* chat("one two three", { max_tokens: 3 })).text)
      assert.deepStrictEqual(
        [cut.choices[0].message.content, cut.choices[0].finish_reason],
        ["You said: one", "length"]
      )
      const thought = JSON.parse((yield* chat("x", { reasoning_effort: "low" })).text)
      assert.isAbove(thought.usage.completion_tokens_details.reasoning_tokens, 0)
      assert.isAbove(thought.usage.completion_tokens, thought.usage.completion_tokens_details.reasoning_tokens)
      const long = JSON.parse((yield* chat("y".repeat(5000))).text)
      assert.strictEqual(long.usage.prompt_tokens_details.cached_tokens, 1152)
    }).pipe(Effect.provide(FakeProvider.layer()))
  )

  const tools = [
    {
      type: "function",
      function: { name: "get_weather", parameters: { type: "object", properties: { city: { type: "string" } } } }
    },
    {
      type: "function",
      function: { name: "get_time", parameters: { type: "object", properties: { zone: { enum: ["UTC"] } } } }
    }
  ]

  it.effect("calls the tools that the prompt names, in parallel, and answers with what they said", () =>
    Effect.gen(function* () {
      const answer = JSON.parse((yield* chat("get_weather(Oslo) and get_weather(Rome) and get_time", { tools })).text)
      const calls = answer.choices[0].message.tool_calls
      assert.deepStrictEqual(
        calls.map((call: { function: unknown }) => call.function),
        [
          { name: "get_weather", arguments: '{"city":"Oslo"}' },
          { name: "get_weather", arguments: '{"city":"Rome"}' },
          { name: "get_time", arguments: '{"zone":"UTC"}' }
        ]
      )
      assert.strictEqual(new Set(calls.map((call: { id: string }) => call.id)).size, 3)
      assert.strictEqual(answer.choices[0].finish_reason, "tool_calls")
      const next = yield* post("/v1/chat/completions", {
        model: "m",
        tools,
        messages: [
          user("get_weather"),
          answer.choices[0].message,
          { role: "tool", tool_call_id: calls[0].id, content: "sunny" }
        ]
      })
      assert.strictEqual(JSON.parse(next.text).choices[0].message.content, "The tools answered: sunny")
    }).pipe(Effect.provide(FakeProvider.layer()))
  )

  it.effect("does as tool_choice and parallel_tool_calls say", () =>
    Effect.gen(function* () {
      const names = (prompt: string, more: object) =>
        Effect.map(chat(prompt, { tools, ...more }), ({ text }) =>
          (JSON.parse(text).choices[0].message.tool_calls ?? []).map(
            (call: { function: { name: string } }) => call.function.name
          )
        )
      assert.deepStrictEqual(yield* names("How is the weather?", {}), ["get_weather"])
      assert.deepStrictEqual(yield* names("Hello", {}), [])
      assert.deepStrictEqual(yield* names("get_weather get_time", { parallel_tool_calls: false }), ["get_weather"])
      assert.deepStrictEqual(yield* names("get_weather", { tool_choice: "none" }), [])
      assert.deepStrictEqual(yield* names("Hello", { tool_choice: "required" }), ["get_weather"])
      const forced = { type: "function", function: { name: "get_time" } }
      assert.deepStrictEqual(yield* names("Hello", { tool_choice: forced }), ["get_time"])
    }).pipe(Effect.provide(FakeProvider.layer()))
  )

  it.effect("refuses requests that OpenAI would refuse", () =>
    Effect.gen(function* () {
      const { origin } = yield* FakeProvider
      const status = (path: string, call: object) =>
        Effect.map(exchange(`${origin}${path}`, call), (answer) => [answer.status, JSON.parse(answer.text).error.type])
      const path = "/v1/chat/completions"
      assert.deepStrictEqual(yield* status(path, { body: "{" }), [400, "invalid_request_error"])
      assert.deepStrictEqual(yield* status(path, { body: '{"messages":[]}' }), [400, "invalid_request_error"])
      assert.deepStrictEqual(yield* status(path, { body: '{"model":"m","messages":[]}' }), [
        400,
        "invalid_request_error"
      ])
      assert.deepStrictEqual(yield* status(path, { method: "GET" }), [405, "invalid_request_error"])
      assert.deepStrictEqual(yield* status("/v1/nothing", { body: "{}" }), [404, "invalid_request_error"])
    }).pipe(Effect.provide(FakeProvider.layer()))
  )

  it.effect("wants the key that it was told of", () =>
    Effect.gen(function* () {
      const body = { model: "m", messages: [user("x")] }
      const status = (headers: { readonly [name: string]: string }) =>
        Effect.map(post("/v1/chat/completions", body, headers), (answer) => answer.status)
      assert.strictEqual(yield* status({ authorization: "Bearer k" }), 200)
      assert.strictEqual(yield* status({ "api-key": "k" }), 200)
      assert.strictEqual(yield* status({ authorization: "Bearer other" }), 401)
      assert.strictEqual(yield* status({}), 401)
    }).pipe(Effect.provide(FakeProvider.layer({ apiKey: "k" })))
  )

  it.effect("takes Azure's paths, whose model is in them", () =>
    Effect.gen(function* () {
      const path = "/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21"
      const answer = yield* post(path, { messages: [user("x")] })
      assert.strictEqual(JSON.parse(answer.text).model, "my-gpt")
    }).pipe(Effect.provide(FakeProvider.layer()))
  )

  it.effect("lists models in either form", () =>
    Effect.gen(function* () {
      const { origin } = yield* FakeProvider
      const openai = JSON.parse((yield* exchange(`${origin}/v1/models`, { method: "GET" })).text)
      const anthropic = JSON.parse((yield* exchange(`${origin}/v1/models`, { method: "GET", headers: ANTHROPIC })).text)
      assert.strictEqual(openai.object, "list")
      assert.strictEqual(anthropic.has_more, false)
      assert.deepStrictEqual(
        openai.data.map((model: { id: string }) => model.id),
        anthropic.data.map((model: { id: string }) => model.id)
      )
    }).pipe(Effect.provide(FakeProvider.layer()))
  )
})

describe("FakeProvider, Anthropic's dialect", () => {
  it.effect("wants a key and a version", () =>
    Effect.gen(function* () {
      const body = { model: "m", max_tokens: 10, messages: [user("x")] }
      const noKey = yield* post("/v1/messages", body, { "anthropic-version": "2023-06-01" })
      assert.deepStrictEqual([noKey.status, JSON.parse(noKey.text).error.type], [401, "authentication_error"])
      const noVersion = yield* post("/v1/messages", body, { "x-api-key": "k" })
      assert.deepStrictEqual([noVersion.status, JSON.parse(noVersion.text).error.type], [400, "invalid_request_error"])
      const noMaximum = yield* post("/v1/messages", { model: "m", messages: [user("x")] }, ANTHROPIC)
      assert.deepStrictEqual(
        [noMaximum.status, JSON.parse(noMaximum.text).error.message],
        [400, "max_tokens: Field required"]
      )
    }).pipe(Effect.provide(FakeProvider.layer()))
  )

  it.effect("streams what it says whole, with thinking before it and a ping between", () =>
    Effect.gen(function* () {
      const thinking = { thinking: { type: "enabled", budget_tokens: 1024 } }
      const whole = JSON.parse((yield* messages("one two", thinking)).text)
      const stream = events((yield* messages("one two", { ...thinking, stream: true })).text)
      const deltas = (type: string, member: string) =>
        stream
          .filter((event) => event.delta?.type === type)
          .map((event) => event.delta[member])
          .join("")
      assert.deepStrictEqual(
        whole.content.map((block: { type: string }) => block.type),
        ["thinking", "text"]
      )
      assert.strictEqual(deltas("thinking_delta", "thinking"), whole.content[0].thinking)
      assert.strictEqual(deltas("signature_delta", "signature"), whole.content[0].signature)
      assert.strictEqual(deltas("text_delta", "text"), "You said: one two")
      assert.deepStrictEqual(
        [stream[0].type, stream[1].type, stream[2].type, stream.at(-1).type],
        ["message_start", "content_block_start", "ping", "message_stop"]
      )
      const end = stream.at(-2)
      assert.deepStrictEqual([end.delta.stop_reason, end.usage.output_tokens], ["end_turn", whole.usage.output_tokens])
    }).pipe(Effect.provide(FakeProvider.layer()))
  )

  it.effect("writes the cache with the first turn and reads it with the next", () =>
    Effect.gen(function* () {
      const system = [{ type: "text", text: "s".repeat(4000), cache_control: { type: "ephemeral" } }]
      const first = JSON.parse((yield* messages("hi", { system })).text).usage
      assert.isAbove(first.cache_creation_input_tokens, 0)
      assert.strictEqual(first.cache_read_input_tokens, 0)
      const turns = [user("hi"), { role: "assistant", content: "You said: hi" }, user("again")]
      const next = JSON.parse((yield* messages("", { system, messages: turns })).text).usage
      assert.strictEqual(next.cache_creation_input_tokens, 0)
      assert.isAbove(next.cache_read_input_tokens, next.input_tokens)
    }).pipe(Effect.provide(FakeProvider.layer()))
  )

  it.effect("uses tools, and answers with their results", () =>
    Effect.gen(function* () {
      const tools = [
        { name: "get_weather", input_schema: { type: "object", properties: { city: { type: "string" } } } }
      ]
      const answer = JSON.parse((yield* messages("get_weather(Oslo), get_weather(Rome)", { tools })).text)
      assert.deepStrictEqual(
        answer.content.map((block: { type: string; input: unknown }) => [block.type, block.input]),
        [
          ["tool_use", { city: "Oslo" }],
          ["tool_use", { city: "Rome" }]
        ]
      )
      assert.strictEqual(answer.stop_reason, "tool_use")
      const results = answer.content.map((block: { id: string }) => ({
        type: "tool_result",
        tool_use_id: block.id,
        content: [{ type: "text", text: "sunny" }]
      }))
      const turns = [user("get_weather"), { role: "assistant", content: answer.content }, user(results)]
      const next = JSON.parse((yield* messages("", { tools, messages: turns })).text)
      assert.strictEqual(next.content[0].text, "The tools answered: sunny sunny")
    }).pipe(Effect.provide(FakeProvider.layer()))
  )
})

describe("FakeProvider, its other answers", () => {
  it.effect("completes prompts, streamed or not", () =>
    Effect.gen(function* () {
      const whole = JSON.parse((yield* post("/v1/completions", { model: "m", prompt: ["x", "y"] })).text)
      assert.strictEqual(whole.object, "text_completion")
      assert.strictEqual(whole.choices.length, 2)
      const stream = yield* post("/v1/completions", { model: "m", prompt: "x", stream: true })
      const text = events(stream.text)
        .map((chunk) => chunk.choices[0]?.text ?? "")
        .join("")
      assert.strictEqual(text, "You said: x")
    }).pipe(Effect.provide(FakeProvider.layer()))
  )

  it.effect("embeds texts as unit vectors, the same in floats and base64", () =>
    Effect.gen(function* () {
      const body = { model: "m", input: ["a", "b"], dimensions: 16 }
      const floats = JSON.parse((yield* post("/v1/embeddings", body)).text)
      const base64 = JSON.parse((yield* post("/v1/embeddings", { ...body, encoding_format: "base64" })).text)
      const decode = (text: string) => [...new Float32Array(Uint8Array.from(Buffer.from(text, "base64")).buffer)]
      assert.deepStrictEqual(decode(base64.data[0].embedding), floats.data[0].embedding)
      assert.notDeepEqual(floats.data[0].embedding, floats.data[1].embedding)
      const squares = floats.data[0].embedding.reduce((sum: number, value: number) => sum + value * value, 0)
      assert.closeTo(squares, 1, 1e-5)
      assert.strictEqual((yield* post("/v1/embeddings", { model: "m", input: [] })).status, 400)
    }).pipe(Effect.provide(FakeProvider.layer()))
  )
})

describe("FakeProvider, seen from a test", () => {
  it.effect("remembers what reached it", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const waiting = yield* Effect.forkChild(provider.untilRequests(2))
      yield* post("/v1/chat/completions?x=1", { model: "m", messages: [user("a")] }, { traceparent: "00-x" })
      assert.isUndefined(waiting.pollUnsafe())
      yield* chat("b")
      const [first, second] = yield* Fiber.join(waiting)
      assert.deepStrictEqual(
        [first?.method, first?.path, first?.headers["traceparent"]],
        ["POST", "/v1/chat/completions?x=1", "00-x"]
      )
      assert.deepStrictEqual(second?.json, { model: "m", messages: [user("b")] })
      assert.strictEqual(yield* first?.ended ?? Effect.succeed("broken_off"), "answered")
      provider.clear()
      assert.deepStrictEqual(provider.requests(), [])
    }).pipe(Effect.provide(FakeProvider.layer()))
  )

  it.effect("remembers the newest requests only, but counts them all", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      for (let i = 1; i <= 9; i++) yield* chat(String(i))
      assert.deepStrictEqual(
        provider.requests().map((request) => request.number),
        [7, 8, 9]
      )
      assert.strictEqual(provider.requestCount(), 9)
    }).pipe(Effect.provide(FakeProvider.layer({ keep: 3 })))
  )

  it.effect("sees a client close in the middle of a stream, and stops", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const client = yield* Effect.forkChild(chat("x", { stream: true }))
      const [request] = yield* provider.untilRequests(1)
      if (request === undefined) return assert.fail("no request")
      yield* request.sent(2)
      yield* Fiber.interrupt(client)
      assert.strictEqual(yield* request.ended, "closed_by_client")
      assert.isBelow(request.tokensSent, 1000)
      yield* provider.untilConnections(0)
    }).pipe(Effect.provide(FakeProvider.layer({ style: { chunks: 1000, tokenMs: 1 } })))
  )

  it.effect("sends so many chunks at such a pace", () =>
    Effect.gen(function* () {
      const start = performance.now()
      const stream = yield* chat("x", { stream: true })
      assert.isAtLeast(performance.now() - start, 5 + 19 * 2 - 1)
      const pieces = events(stream.text).flatMap((chunk) => chunk.choices[0]?.delta.content || [])
      assert.strictEqual(pieces.length, 20)
    }).pipe(Effect.provide(FakeProvider.layer({ style: { chunks: 20, firstTokenMs: 5, tokenMs: 2 } })))
  )

  it.effect("as the demo account, is friendly and unhurried", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      provider.script.style({ firstTokenMs: 0, tokenMs: 0 })
      const stream = events((yield* chat("Hello!", { stream: true })).text)
      const text = stream.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")
      assert.match(text, /^You said: “Hello!” Nice to meet you!/)
      assert.isAbove(stream.length, 40)
      assert.deepStrictEqual(provider.requests(), [])
    }).pipe(Effect.provide(FakeProvider.demo))
  )
})
