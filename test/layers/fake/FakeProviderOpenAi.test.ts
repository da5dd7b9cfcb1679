import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { FakeProvider } from "../../../src/layers/fake/FakeProvider.ts"
import { exchange } from "./httpExchange.ts"
import { ANTHROPIC, chat, events, post, user } from "./providerCalls.ts"

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
