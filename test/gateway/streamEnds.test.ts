import Anthropic from "@anthropic-ai/sdk"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import OpenAI from "openai"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { GatewayServer } from "../../src/layers/node-http/GatewayServer.ts"
import { Captured, gatewayLayer, TOKEN } from "./harness.ts"

interface Clients {
  readonly openai: OpenAI
  readonly anthropic: Anthropic
}

const clients = Effect.map(
  GatewayServer,
  ({ url }): Clients => ({
    openai: new OpenAI({ baseURL: `${url}/v1`, apiKey: TOKEN, maxRetries: 0 }),
    anthropic: new Anthropic({ baseURL: url, apiKey: TOKEN, maxRetries: 0 })
  })
)

/** Every word that came, as an application would collect them. */
const readAll = async (stream: AsyncIterable<unknown>): Promise<string> => {
  let seen = ""
  for await (const event of stream) seen += JSON.stringify(event)
  return seen
}

const input = "one two three four"
const messages = [{ role: "user" as const, content: input }]
const usage = { include_usage: true }

const ways: { readonly [way: string]: (clients: Clients, model: string) => Promise<unknown> } = {
  "a loop over chat completions": async ({ openai }, model) =>
    readAll(await openai.chat.completions.create({ model, messages, stream: true })),
  "a loop over chat completions with usage": async ({ openai }, model) =>
    readAll(await openai.chat.completions.create({ model, messages, stream: true, stream_options: usage })),
  "a chat completion put together": ({ openai }, model) =>
    openai.chat.completions.stream({ model, messages }).finalChatCompletion(),
  "a loop over messages": async ({ anthropic }, model) =>
    readAll(await anthropic.messages.create({ model, messages, max_tokens: 99, stream: true })),
  "a message put together": ({ anthropic }, model) =>
    anthropic.messages.stream({ model, messages, max_tokens: 99 }).finalMessage()
}

const completions = async ({ openai }: Clients, model: string) =>
  readAll(await openai.completions.create({ model, prompt: input, stream: true }))

const onlyOpenAi: typeof ways = {
  "a loop over completions": completions,
  "a loop over responses": async ({ openai }, model) =>
    readAll(await openai.responses.create({ model, input, stream: true })),
  "a response put together": ({ openai }, model) => openai.responses.stream({ model, input }).finalResponse()
}

for (const [model, all] of [
  ["openai/echo", { ...ways, ...onlyOpenAi }],
  ["claude/sonnet", ways]
] as const) {
  describe(`the official clients on ${model}`, () => {
    for (const [way, run] of Object.entries(all)) {
      it.effect(`hear in ${way} that the provider ended its stream too early`, () =>
        Effect.gen(function* () {
          const provider = yield* FakeProvider
          const captured = yield* Captured
          const both = yield* clients
          provider.script.next("end-mid-body@2")
          const { cause } = yield* Effect.flip(Effect.tryPromise(() => run(both, model)))
          assert.isTrue(cause instanceof OpenAI.APIError || cause instanceof Anthropic.APIError, String(cause))
          assert.include(String(cause), "The provider ended its stream without its final event.")
          const { header } = yield* captured.next
          assert.strictEqual(header.outcome, "failed")
          assert.strictEqual(header.stream?.errorType, "stream_interrupted")
          // The same request with nothing wrong.
          yield* Effect.promise(() => run(both, model))
          assert.strictEqual((yield* captured.next).header.outcome, "completed")
        }).pipe(Effect.provide(gatewayLayer()))
      )
    }
  })
}

describe("the official client", () => {
  it.effect("takes a stream without [DONE] for whole", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const captured = yield* Captured
      const both = yield* clients
      for (const run of [...Object.values(ways), completions]) {
        provider.script.next("no-done")
        yield* Effect.promise(() => run(both, "openai/echo"))
        assert.strictEqual((yield* captured.next).header.outcome, "completed")
      }
    }).pipe(Effect.provide(gatewayLayer()))
  )
})
