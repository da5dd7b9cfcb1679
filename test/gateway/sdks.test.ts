import Anthropic from "@anthropic-ai/sdk"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import OpenAI from "openai"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { GatewayServer } from "../../src/layers/node-http/GatewayServer.ts"
import { Captured, gatewayLayer, TOKEN } from "./harness.ts"

const openai = Effect.map(
  GatewayServer,
  ({ url }) => new OpenAI({ baseURL: `${url}/v1`, apiKey: TOKEN, maxRetries: 0 })
)
const anthropic = Effect.map(GatewayServer, ({ url }) => new Anthropic({ baseURL: url, apiKey: TOKEN, maxRetries: 0 }))

const weather = {
  name: "weather",
  description: "The weather of a city",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] }
}

for (const model of ["openai/echo", "claude/sonnet"]) {
  describe(`the openai client on ${model}`, () => {
    it.effect("chats", () =>
      Effect.gen(function* () {
        const client = yield* openai
        const answer = yield* Effect.promise(() =>
          client.chat.completions.create({
            model,
            messages: [
              { role: "system", content: "Be kind." },
              { role: "user", content: "Grüße 🌍" }
            ]
          })
        )
        assert.include(answer.choices[0]?.message.content ?? "", "Grüße 🌍")
        assert.strictEqual(answer.choices[0]?.finish_reason, "stop")
        assert.isAbove(answer.usage?.prompt_tokens ?? 0, 0)
      }).pipe(Effect.provide(gatewayLayer()))
    )

    it.effect("streams", () =>
      Effect.gen(function* () {
        const client = yield* openai
        const text = yield* Effect.promise(async () => {
          const stream = await client.chat.completions.create({
            model,
            stream: true,
            messages: [{ role: "user", content: "Grüße 🌍" }]
          })
          let content = ""
          for await (const chunk of stream) {
            assert.notEqual(chunk.choices.length, 0, "the usage chunk is hidden")
            content += chunk.choices[0]?.delta.content ?? ""
          }
          return content
        })
        assert.include(text, "Grüße 🌍")
      }).pipe(Effect.provide(gatewayLayer()))
    )

    it.effect("calls tools, streamed and not", () =>
      Effect.gen(function* () {
        const client = yield* openai
        const tools: Array<OpenAI.ChatCompletionTool> = [{ type: "function", function: weather }]
        const ask = {
          model,
          tools,
          tool_choice: "required" as const,
          messages: [{ role: "user" as const, content: "Use the weather tool" }]
        }
        const whole = yield* Effect.promise(() => client.chat.completions.create(ask))
        const [called] = whole.choices[0]?.message.tool_calls ?? []
        assert.strictEqual(called?.type === "function" ? called.function.name : undefined, "weather")
        const streamed = yield* Effect.promise(() => client.chat.completions.stream(ask).finalChatCompletion())
        assert.strictEqual(streamed.choices[0]?.finish_reason, "tool_calls")
        const [again] = streamed.choices[0]?.message.tool_calls ?? []
        assert.doesNotThrow(() => JSON.parse(again?.type === "function" ? again.function.arguments : "no"))
        const told = yield* Effect.promise(() =>
          client.chat.completions.create({
            model,
            tools,
            messages: [
              ...ask.messages,
              whole.choices[0]!.message,
              { role: "tool", tool_call_id: called!.id, content: "Sunny" }
            ]
          })
        )
        assert.isString(told.choices[0]?.message.content)
      }).pipe(Effect.provide(gatewayLayer()))
    )

    it.effect("throws the provider's error with its status", () =>
      Effect.gen(function* () {
        const client = yield* openai
        const provider = yield* FakeProvider
        provider.script.next("429@1", "error-event@1")
        const ask = { model, messages: [{ role: "user" as const, content: "x" }] }
        const limited = yield* Effect.flip(Effect.tryPromise(() => client.chat.completions.create(ask)))
        assert.instanceOf(limited.cause, OpenAI.RateLimitError)
        const broken = yield* Effect.flip(
          Effect.tryPromise(() => client.chat.completions.stream(ask).finalChatCompletion())
        )
        assert.instanceOf(broken.cause, OpenAI.APIError)
      }).pipe(Effect.provide(gatewayLayer()))
    )
  })

  describe(`the Anthropic client on ${model}`, () => {
    const ask = { model, max_tokens: 100, messages: [{ role: "user" as const, content: "Grüße 🌍" }] }

    it.effect("chats and streams", () =>
      Effect.gen(function* () {
        const client = yield* anthropic
        const whole = yield* Effect.promise(() => client.messages.create({ ...ask, system: "Be kind." }))
        const [block] = whole.content
        assert.include(block?.type === "text" ? block.text : "", "Grüße 🌍")
        assert.strictEqual(whole.stop_reason, "end_turn")
        const streamed = yield* Effect.promise(() => client.messages.stream(ask).finalMessage())
        const [again] = streamed.content
        assert.include(again?.type === "text" ? again.text : "", "Grüße 🌍")
        assert.isAbove(streamed.usage.output_tokens, 0)
      }).pipe(Effect.provide(gatewayLayer()))
    )

    it.effect("uses tools", () =>
      Effect.gen(function* () {
        const client = yield* anthropic
        const withTools = {
          ...ask,
          messages: [{ role: "user" as const, content: "Use the weather tool" }],
          tools: [
            {
              name: "weather",
              description: weather.description,
              input_schema: { type: "object" as const, properties: weather.parameters.properties }
            }
          ],
          tool_choice: { type: "any" as const }
        }
        for (const answer of [
          yield* Effect.promise(() => client.messages.create(withTools)),
          yield* Effect.promise(() => client.messages.stream(withTools).finalMessage())
        ]) {
          assert.strictEqual(answer.stop_reason, "tool_use")
          const use = answer.content.find((block) => block.type === "tool_use")
          assert.strictEqual(use?.name, "weather")
          assert.isObject(use?.input)
        }
      }).pipe(Effect.provide(gatewayLayer()))
    )

    it.effect("throws what it knows", () =>
      Effect.gen(function* () {
        const client = yield* anthropic
        const provider = yield* FakeProvider
        provider.script.next("429@1", "reset-mid-body@1")
        const limited = yield* Effect.flip(Effect.tryPromise(() => client.messages.create(ask)))
        assert.instanceOf(limited.cause, Anthropic.RateLimitError)
        const broken = yield* Effect.flip(Effect.tryPromise(() => client.messages.stream(ask).finalMessage()))
        assert.instanceOf(broken.cause, Anthropic.APIError)
      }).pipe(Effect.provide(gatewayLayer()))
    )
  })
}

describe("the openai client", () => {
  it.effect("embeds, completes, and lists what its token may use", () =>
    Effect.gen(function* () {
      const client = yield* openai
      const captured = yield* Captured
      const embedded = yield* Effect.promise(() => client.embeddings.create({ model: "openai/echo", input: "x" }))
      assert.isAbove(embedded.data[0]?.embedding.length ?? 0, 0)
      const completed = yield* Effect.promise(() => client.completions.create({ model: "openai/echo", prompt: "Once" }))
      assert.include(completed.choices[0]?.text ?? "", "Once")
      const listed = yield* Effect.promise(() => client.models.list())
      assert.include(
        listed.data.map((model) => model.id),
        "prod/chat"
      )
      yield* captured.next
      yield* captured.next
      const { header } = yield* captured.next
      assert.strictEqual(header.route, "/v1/models")
      assert.strictEqual(header.status, 200)
    }).pipe(Effect.provide(gatewayLayer()))
  )
})
