import Anthropic from "@anthropic-ai/sdk"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import OpenAI from "openai"
import { FakeProvider } from "../../../src/layers/fake/FakeProvider.ts"

const openai = Effect.map(
  FakeProvider,
  ({ origin }) => new OpenAI({ baseURL: `${origin}/v1`, apiKey: "k", maxRetries: 0 })
)
const anthropic = Effect.map(
  FakeProvider,
  ({ origin }) => new Anthropic({ baseURL: origin, apiKey: "k", maxRetries: 0 })
)

const messages = [{ role: "user" as const, content: "get_weather(Oslo) and get_weather(Rome)" }]
const schema = { type: "object" as const, properties: { city: { type: "string" } } }
const openAiTools = [{ type: "function" as const, function: { name: "get_weather", parameters: schema } }]
const anthropicTools = [{ name: "get_weather", input_schema: schema }]

const fails = (run: () => PromiseLike<unknown>) =>
  Effect.flip(Effect.tryPromise({ try: async () => await run(), catch: (error) => error }))

describe("the openai package", () => {
  it.effect("reads whole and streamed answers", () =>
    Effect.gen(function* () {
      const client = yield* openai
      const hello = { model: "m", messages: [{ role: "user" as const, content: "Hello" }] }
      const whole = yield* Effect.promise(() => client.chat.completions.create(hello))
      assert.strictEqual(whole.choices[0]?.message.content, "You said: Hello")
      const stream = client.chat.completions.stream({ ...hello, stream_options: { include_usage: true } })
      const streamed = yield* Effect.promise(() => stream.finalChatCompletion())
      assert.strictEqual(streamed.choices[0]?.message.content, "You said: Hello")
      assert.deepStrictEqual(streamed.usage, whole.usage)
    }).pipe(Effect.provide(FakeProvider.layer()))
  )

  it.effect("reads parallel tool calls, streamed or not", () =>
    Effect.gen(function* () {
      const client = yield* openai
      const body = { model: "m", messages, tools: openAiTools }
      const whole = yield* Effect.promise(() => client.chat.completions.create(body))
      const streamed = yield* Effect.promise(() => client.chat.completions.stream(body).finalChatCompletion())
      for (const completion of [whole, streamed]) {
        const calls = completion.choices[0]?.message.tool_calls ?? []
        assert.deepStrictEqual(
          calls.map((call) => (call.type === "function" ? call.function.arguments : "")),
          ['{"city":"Oslo"}', '{"city":"Rome"}']
        )
        assert.strictEqual(completion.choices[0]?.finish_reason, "tool_calls")
      }
    }).pipe(Effect.provide(FakeProvider.layer()))
  )

  it.effect("reads completions, models, and embeddings, which it asks for in base64", () =>
    Effect.gen(function* () {
      const client = yield* openai
      const provider = yield* FakeProvider
      const embedded = yield* Effect.promise(() => client.embeddings.create({ model: "m", input: "a" }))
      assert.strictEqual(embedded.data[0]?.embedding.length, 1536)
      assert.include(provider.requests()[0]?.text, "base64")
      const completed = yield* Effect.promise(() => client.completions.create({ model: "m", prompt: "a" }))
      assert.strictEqual(completed.choices[0]?.text, "You said: a")
      const models = yield* Effect.promise(() => client.models.list())
      assert.isAbove(models.data.length, 0)
    }).pipe(Effect.provide(FakeProvider.layer()))
  )

  it.effect("knows the errors by their classes", () =>
    Effect.gen(function* () {
      const client = yield* openai
      const { script } = yield* FakeProvider
      const create = () => client.chat.completions.create({ model: "m", messages })
      script.next("401", "404", "429", "500", "reset-before-head")
      assert.instanceOf(yield* fails(create), OpenAI.AuthenticationError)
      assert.instanceOf(yield* fails(create), OpenAI.NotFoundError)
      assert.instanceOf(yield* fails(create), OpenAI.RateLimitError)
      assert.instanceOf(yield* fails(create), OpenAI.InternalServerError)
      assert.instanceOf(yield* fails(create), OpenAI.APIConnectionError)
      script.next("error-event@2")
      const error = yield* fails(() => client.chat.completions.stream({ model: "m", messages }).finalChatCompletion())
      assert.instanceOf(error, OpenAI.APIError)
    }).pipe(Effect.provide(FakeProvider.layer()))
  )

  it.effect("reads a stream cut at every byte, with CRLF, and with comments", () =>
    Effect.gen(function* () {
      const client = yield* openai
      const { script } = yield* FakeProvider
      const content = "žluťoučký 🙂"
      for (const fault of ["split-bytes", "split-utf8", "crlf", "comments"] as const) {
        script.next(fault)
        const stream = client.chat.completions.stream({ model: "m", messages: [{ role: "user", content }] })
        const completion = yield* Effect.promise(() => stream.finalChatCompletion())
        assert.strictEqual(completion.choices[0]?.message.content, `You said: ${content}`, fault)
      }
    }).pipe(Effect.provide(FakeProvider.layer()))
  )
})

describe("the @anthropic-ai/sdk package", () => {
  it.effect("reads whole and streamed answers, with thinking", () =>
    Effect.gen(function* () {
      const client = yield* anthropic
      const body = {
        model: "m",
        max_tokens: 2048,
        thinking: { type: "enabled" as const, budget_tokens: 1024 },
        messages: [{ role: "user" as const, content: "Hello" }]
      }
      const whole = yield* Effect.promise(() => client.messages.create(body))
      const streamed = yield* Effect.promise(() => client.messages.stream(body).finalMessage())
      for (const message of [whole, streamed]) {
        assert.deepStrictEqual(
          message.content.map((block) => block.type),
          ["thinking", "text"]
        )
        assert.strictEqual(message.content[1]?.type === "text" ? message.content[1].text : "", "You said: Hello")
        assert.strictEqual(message.stop_reason, "end_turn")
      }
      assert.strictEqual(streamed.usage.output_tokens, whole.usage.output_tokens)
    }).pipe(Effect.provide(FakeProvider.layer()))
  )

  it.effect("reads parallel tool uses, streamed or not", () =>
    Effect.gen(function* () {
      const client = yield* anthropic
      const body = { model: "m", max_tokens: 100, messages, tools: anthropicTools }
      const whole = yield* Effect.promise(() => client.messages.create(body))
      const streamed = yield* Effect.promise(() => client.messages.stream(body).finalMessage())
      for (const message of [whole, streamed]) {
        assert.deepStrictEqual(
          message.content.map((block) => (block.type === "tool_use" ? block.input : undefined)),
          [{ city: "Oslo" }, { city: "Rome" }]
        )
      }
    }).pipe(Effect.provide(FakeProvider.layer()))
  )

  it.effect("knows the errors by their classes", () =>
    Effect.gen(function* () {
      const client = yield* anthropic
      const { script } = yield* FakeProvider
      const body = { model: "m", max_tokens: 100, messages }
      const create = () => client.messages.create(body)
      script.next("403", "429", "529", "hang-before-head")
      assert.instanceOf(yield* fails(create), Anthropic.PermissionDeniedError)
      assert.instanceOf(yield* fails(create), Anthropic.RateLimitError)
      assert.instanceOf(yield* fails(create), Anthropic.InternalServerError)
      const timeout = yield* fails(() => client.messages.create(body, { timeout: 50 }))
      assert.instanceOf(timeout, Anthropic.APIConnectionTimeoutError)
      script.next("error-event@1")
      const error = yield* fails(() => client.messages.stream(body).finalMessage())
      assert.instanceOf(error, Anthropic.APIError)
    }).pipe(Effect.provide(FakeProvider.layer()))
  )
})
