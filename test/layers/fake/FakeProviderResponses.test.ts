import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import OpenAI from "openai"
import { FakeProvider } from "../../../src/layers/fake/FakeProvider.ts"
import { events, post, user } from "./providerCalls.ts"

const respond = (input: unknown, more: object = {}) => post("/v1/responses", { model: "m", input, ...more })

const openai = Effect.map(
  FakeProvider,
  ({ origin }) => new OpenAI({ baseURL: `${origin}/v1`, apiKey: "k", maxRetries: 0 })
)

const tools = [
  {
    type: "function" as const,
    name: "get_weather",
    strict: false,
    parameters: { type: "object", properties: { city: { type: "string" } } }
  }
]

describe("FakeProvider, OpenAI's Responses API", () => {
  it.effect("says back what it was told, by a text or by items", () =>
    Effect.gen(function* () {
      const plain = JSON.parse((yield* respond("héllo 🙂")).text)
      const items = JSON.parse((yield* respond([user([{ type: "input_text", text: "héllo 🙂" }])])).text)
      assert.strictEqual(plain.output[0].content[0].text, "You said: héllo 🙂")
      assert.deepStrictEqual(items.output[0].content, plain.output[0].content)
      assert.notStrictEqual(items.id, plain.id)
      assert.deepInclude(plain, { object: "response", status: "completed", model: "m" })
      assert.strictEqual(plain.usage.total_tokens, plain.usage.input_tokens + plain.usage.output_tokens)
    }).pipe(Effect.provide(FakeProvider.layer()))
  )

  it.effect("streams typed events, numbered, that end with the whole response and without [DONE]", () =>
    Effect.gen(function* () {
      const whole = JSON.parse((yield* respond("one two")).text)
      const { text } = yield* respond("one two", { stream: true })
      assert.notInclude(text, "[DONE]")
      assert.match(text, /^event: response\.created\ndata: \{"type":"response\.created","sequence_number":0,/)
      const said = events(text)
      assert.deepStrictEqual(
        said.map((event) => event.sequence_number),
        said.map((_, i) => i)
      )
      assert.deepStrictEqual(
        said.flatMap((event) => (event.type === "response.output_text.delta" ? [event.delta] : [])).join(""),
        whole.output[0].content[0].text
      )
      const last = said.at(-1)
      assert.strictEqual(last.type, "response.completed")
      assert.deepStrictEqual(last.response.usage, whole.usage)
    }).pipe(Effect.provide(FakeProvider.layer()))
  )

  it.effect("is cut at max_output_tokens, and thinks when asked to", () =>
    Effect.gen(function* () {
      const ask = { max_output_tokens: 1, reasoning: { effort: "low" } }
      const whole = JSON.parse((yield* respond("one two", ask)).text)
      assert.deepStrictEqual([whole.status, whole.incomplete_details], ["incomplete", { reason: "max_output_tokens" }])
      assert.deepStrictEqual(
        whole.output.map((item: { type: string }) => item.type),
        ["reasoning", "message"]
      )
      assert.isAbove(whole.usage.output_tokens_details.reasoning_tokens, 0)
      const streamed = events((yield* respond("one two", { ...ask, stream: true })).text)
      assert.strictEqual(streamed.at(-1).type, "response.incomplete")
      assert.isTrue(streamed.some((event) => event.type === "response.reasoning_summary_text.delta"))
    }).pipe(Effect.provide(FakeProvider.layer()))
  )

  it.effect("leaves out what a fault leaves out, and refuses what is no request", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      provider.script.next("no-done", "no-usage", "error-event@1")
      assert.strictEqual(events((yield* respond("x", { stream: true })).text).at(-1).type, "response.output_item.done")
      assert.isNull(events((yield* respond("x", { stream: true })).text).at(-1).response.usage)
      assert.deepInclude(events((yield* respond("one two", { stream: true })).text).at(-1), { type: "error" })
      assert.strictEqual((yield* respond([])).status, 400)
      assert.strictEqual((yield* post("/v1/responses", { input: "x" })).status, 400)
    }).pipe(Effect.provide(FakeProvider.layer()))
  )

  it.effect("is read by the openai package: text, tools and their results, streamed or not", () =>
    Effect.gen(function* () {
      const client = yield* openai
      const ask = { model: "m", tools, input: "get_weather(Oslo) and get_weather(Rome)" }
      const whole = yield* Effect.promise(() => client.responses.create(ask))
      const streamed = yield* Effect.promise(() => client.responses.stream(ask).finalResponse())
      for (const { output } of [whole, streamed]) {
        assert.deepStrictEqual(
          output.map((item) => (item.type === "function_call" ? item.arguments : "")),
          ['{"city":"Oslo"}', '{"city":"Rome"}']
        )
      }
      const [call] = whole.output
      assert.strictEqual(call?.type, "function_call")
      if (call?.type !== "function_call") return
      const result = { type: "function_call_output" as const, call_id: call.call_id, output: "Sunny" }
      const told = yield* Effect.promise(() =>
        client.responses.create({ model: "m", tools, input: [{ role: "user", content: ask.input }, call, result] })
      )
      assert.strictEqual(told.output_text, "The tools answered: Sunny")
    }).pipe(Effect.provide(FakeProvider.layer()))
  )
})
