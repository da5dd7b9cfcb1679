import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { FakeProvider } from "../../../src/layers/fake/FakeProvider.ts"
import { ANTHROPIC, events, messages, post, user } from "./providerCalls.ts"

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
