import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import OpenAI from "openai"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { GatewayServer } from "../../src/layers/node-http/GatewayServer.ts"
import type { TraceEvent } from "../../src/services/trace/TraceEvent.ts"
import { spansOf } from "../services/trace/exported.ts"
import { call } from "./client.ts"
import { Captured, gatewayLayer, sha256, TOKEN } from "./harness.ts"

const openai = Effect.map(
  GatewayServer,
  ({ url }) => new OpenAI({ baseURL: `${url}/v1`, apiKey: TOKEN, maxRetries: 0 })
)

const respond = (model: string, more: object = {}, headers: { readonly [name: string]: string } = {}) =>
  call(model, { path: "/v1/responses", body: { model, input: "Grüße 🌍", ...more }, headers })

/** The attributes of the call to the provider. */
const callOf = (event: TraceEvent) => spansOf(event).find(({ name }) => name.startsWith("chat "))?.attributes ?? {}

const weather = {
  type: "function" as const,
  name: "weather",
  strict: false,
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] }
}

describe("the openai client's responses", () => {
  it.effect("are created, streamed, and say how many tokens they took", () =>
    Effect.gen(function* () {
      const client = yield* openai
      const ask = { model: "openai/echo", instructions: "Be kind.", input: "Grüße 🌍" }
      const whole = yield* Effect.promise(() => client.responses.create(ask))
      assert.include(whole.output_text, "Grüße 🌍")
      assert.strictEqual(whole.status, "completed")
      const streamed = yield* Effect.promise(() => client.responses.stream(ask).finalResponse())
      assert.strictEqual(streamed.output_text, whole.output_text)
      assert.deepStrictEqual(streamed.usage, whole.usage)
      const types = yield* Effect.promise(async () => {
        const seen: Array<string> = []
        for await (const { type } of await client.responses.create({ ...ask, stream: true })) seen.push(type)
        return seen
      })
      assert.strictEqual(types[0], "response.created")
      assert.include(types, "response.output_text.delta")
      assert.strictEqual(types.at(-1), "response.completed")
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("call tools, streamed and not, and hear of their results", () =>
    Effect.gen(function* () {
      const client = yield* openai
      const ask = {
        model: "openai/echo",
        tools: [weather],
        tool_choice: "required" as const,
        input: "Use the weather tool"
      }
      const whole = yield* Effect.promise(() => client.responses.create(ask))
      const streamed = yield* Effect.promise(() => client.responses.stream(ask).finalResponse())
      const [called] = whole.output
      const [again] = streamed.output
      assert.strictEqual(called?.type === "function_call" ? called.name : undefined, "weather")
      assert.doesNotThrow(() => JSON.parse(again?.type === "function_call" ? again.arguments : "no"))
      if (called?.type !== "function_call") return
      const result = { type: "function_call_output" as const, call_id: called.call_id, output: "Sunny" }
      const input = [{ role: "user" as const, content: ask.input }, called, result]
      const told = yield* Effect.promise(() => client.responses.create({ ...ask, tool_choice: "auto", input }))
      assert.include(told.output_text, "Sunny")
      const captured = yield* Captured
      yield* captured.next
      const attributes = callOf(yield* captured.next)
      assert.deepStrictEqual(attributes["gen_ai.response.finish_reasons"], ["tool_calls"])
      assert.include(String(attributes["gen_ai.output.messages"]), '"type":"tool_call"')
      assert.include(String(callOf(yield* captured.next)["gen_ai.input.messages"]), '"type":"tool_call_response"')
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("throw the provider's error with its status, and what breaks inside a stream", () =>
    Effect.gen(function* () {
      const client = yield* openai
      const provider = yield* FakeProvider
      provider.script.next("429@1", "error-event@1", "reset-mid-body@1")
      const ask = { model: "openai/echo", input: "one two three" }
      const limited = yield* Effect.flip(Effect.tryPromise(() => client.responses.create(ask)))
      assert.instanceOf(limited.cause, OpenAI.RateLimitError)
      const failed = yield* Effect.flip(Effect.tryPromise(() => client.responses.stream(ask).finalResponse()))
      assert.instanceOf(failed.cause, OpenAI.APIError)
      const cut = yield* Effect.flip(Effect.tryPromise(() => client.responses.stream(ask).finalResponse()))
      assert.instanceOf(cut.cause, OpenAI.APIError)
    }).pipe(Effect.provide(gatewayLayer()))
  )
})

describe("POST /v1/responses", () => {
  it.effect("sends on what it was sent but for the model, and forwards what comes back byte for byte", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const captured = yield* Captured
      const body = '{ "model":"openai/echo", "input":"Hello", "temperature":1.0, "stream":true, "odd":[1.50] }'
      const answer = yield* call("", { path: "/v1/responses", body })
      const [request] = provider.requests()
      assert.strictEqual(request?.path, "/v1/responses")
      assert.strictEqual(Buffer.from(request?.body ?? "").toString(), body.replace("openai/echo", "gpt-echo"))
      assert.match(answer.headers.get("content-type") ?? "", /^text\/event-stream/)
      assert.strictEqual(answer.headers.get("x-tfy-resolved-model"), "openai/echo")
      assert.strictEqual(Buffer.from((yield* captured.next).response).toString(), answer.text)
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("is traced as chat on OpenAI's Responses API, the same streamed and not", () =>
    Effect.gen(function* () {
      const captured = yield* Captured
      const more = { instructions: "Be kind.", max_output_tokens: 64, conversation: "conv_1", tools: [weather] }
      yield* respond("openai/echo", more)
      yield* respond("openai/echo", { ...more, stream: true })
      for (const stream of [false, true]) {
        const event = yield* captured.next
        assert.strictEqual(event.header.outcome, "completed")
        assert.strictEqual(event.header.stream?.done, stream ? true : undefined)
        const [root] = spansOf(event)
        assert.strictEqual(root?.name, "POST /v1/responses")
        const attributes = callOf(event)
        assert.deepInclude(attributes, {
          "gen_ai.operation.name": "chat",
          "openai.api.type": "responses",
          "gen_ai.request.max_tokens": 64,
          "gen_ai.conversation.id": "conv_1",
          "gen_ai.response.finish_reasons": ["stop"],
          "openai.response.service_tier": "default",
          "gen_ai.system_instructions": '[{"type":"text","content":"Be kind."}]',
          "gen_ai.tool.definitions": '[{"type":"function","name":"weather"}]'
        })
        assert.include(String(attributes["gen_ai.output.messages"]), "You said: Grüße 🌍")
        assert.isAbove(Number(attributes["gen_ai.usage.output_tokens"]), 0)
        assert.isAbove(Number(attributes["tfy.model.metric.cost_in_usd"]), 0)
        assert.deepInclude(JSON.parse(String(attributes["tfy.output"])), { object: "response", status: "completed" })
      }
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("counts the time to the first token from the first delta, not from the first byte", () =>
    Effect.gen(function* () {
      const captured = yield* Captured
      const provider = yield* FakeProvider
      provider.script.style({ tokenMs: 5 })
      yield* respond("openai/echo", { stream: true })
      const event = yield* captured.next
      const [attempt] = event.header.attempts
      assert.isAbove(attempt?.firstToken ?? 0, attempt?.firstByte ?? Number.POSITIVE_INFINITY)
      assert.isBelow(attempt?.firstToken ?? Number.POSITIVE_INFINITY, attempt?.end ?? 0)
      const attributes = callOf(event)
      assert.isAbove(
        Number(attributes["tfy.model.metric.time_to_first_token_in_ms"]),
        Number(attributes["gen_ai.response.time_to_first_chunk"]) * 1000
      )
    }).pipe(Effect.provide(gatewayLayer()))
  )

  for (const fault of ["split-bytes", "split-utf8", "crlf", "comments"] as const) {
    it.effect(`${fault}: the client gets the same words, and the trace too`, () =>
      Effect.gen(function* () {
        const provider = yield* FakeProvider
        const captured = yield* Captured
        provider.script.next(fault)
        const { text } = yield* respond("openai/echo", { stream: true })
        assert.include(text, "Grüße")
        const event = yield* captured.next
        assert.isTrue(event.header.stream?.done)
        assert.include(String(callOf(event)["gen_ai.output.messages"]), "You said: Grüße 🌍")
      }).pipe(Effect.provide(gatewayLayer()))
    )
  }

  it.effect("tells a break inside the stream as an error event of this API, and traces what had come", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const captured = yield* Captured
      provider.script.next("reset-mid-body@2")
      const { status, text } = yield* respond("openai/echo", { stream: true })
      assert.strictEqual(status, 200)
      const last = text.trimEnd().split("\n\n").at(-1) ?? ""
      assert.match(last, /^\n*event: error\ndata: \{"type":"error","code":"provider_connection_reset",/)
      const event = yield* captured.next
      assert.strictEqual(event.header.outcome, "failed")
      assert.strictEqual(event.header.stream?.errorType, "stream_interrupted")
      const attributes = callOf(event)
      assert.deepStrictEqual(attributes["gen_ai.response.finish_reasons"], ["error"])
      assert.include(String(attributes["gen_ai.output.messages"]), "You said:")
      assert.notProperty(attributes, "gen_ai.usage.output_tokens")
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("traces the words that came before the client left, and no usage that nobody said", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const captured = yield* Captured
      const { url } = yield* GatewayServer
      provider.script.next("hang-mid-body@2")
      const reading = yield* Effect.forkChild(
        Effect.promise(async (signal) => {
          const response = await fetch(`${url}/v1/responses`, {
            method: "POST",
            headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
            body: JSON.stringify({ model: "openai/echo", input: "Hello", stream: true }),
            signal
          })
          let seen = ""
          const decoder = new TextDecoder()
          for await (const chunk of response.body ?? []) {
            seen += decoder.decode(chunk, { stream: true })
            if (seen.split("output_text.delta\ndata").length > 2) return seen
          }
          return seen
        })
      )
      // Leaving the loop closes the connection.
      yield* Fiber.join(reading)
      const event = yield* captured.next
      assert.strictEqual(event.header.outcome, "client_disconnected")
      assert.isFalse(event.header.stream?.done)
      const attributes = callOf(event)
      assert.include(String(attributes["gen_ai.output.messages"]), "You said")
      assert.deepStrictEqual(attributes["gen_ai.response.finish_reasons"], ["error"])
      assert.notProperty(attributes, "gen_ai.usage.output_tokens")
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("refuses what no Anthropic account can do, in OpenAI's envelope", () =>
    Effect.gen(function* () {
      const answer = yield* respond("claude/sonnet")
      assert.strictEqual(answer.status, 400)
      assert.deepInclude(answer.json.error, { code: "unsupported_operation", param: "model" })
      assert.include(answer.json.error.message, "Responses API")
      const captured = yield* Captured
      assert.strictEqual((yield* captured.next).header.attempts.length, 0)
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("falls back to the targets that speak it", () =>
    Effect.gen(function* () {
      const captured = yield* Captured
      const answer = yield* respond("prod/chat", {}, { "x-tfy-retry-config": '{"attempts":0}' })
      assert.strictEqual(answer.status, 200)
      const { header } = yield* captured.next
      assert.deepStrictEqual(
        header.attempts.map(({ target }) => target),
        ["openai/down", "openai/echo"]
      )
      // The other target of this one is Anthropic's.
      const network = yield* respond("prod/network")
      assert.strictEqual(network.status, 502)
      assert.deepStrictEqual(
        (yield* captured.next).header.attempts.map(({ target }) => target),
        ["dead/m"]
      )
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("keeps content in the process when it was told to, and reads the facts there", () =>
    Effect.gen(function* () {
      const captured = yield* Captured
      for (const stream of [false, true]) {
        yield* respond("openai/echo", { stream }, { "x-tfy-logging-config": '{"enabled":false}' })
        const { header, request, response } = yield* captured.next
        assert.deepStrictEqual([request.length, response.length], [0, 0])
        assert.deepInclude(header.responseFacts, { done: true, finishReasons: ["stop"], model: "gpt-echo" })
        assert.isAbove(header.responseFacts?.usage?.outputTokens ?? 0, 0)
        assert.notInclude(JSON.stringify(header), "Grüße")
      }
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("goes to Azure's newer API, whichever way the account is written", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      for (const model of ["dated/m", "v1/m"]) {
        assert.strictEqual((yield* respond(model)).status, 200)
        const request = provider.requests().at(-1)
        assert.strictEqual(request?.path, "/openai/v1/responses")
        assert.strictEqual(request?.headers["api-key"], "azure-secret")
        assert.deepInclude(request?.json, { model: "deployment" })
      }
    }).pipe(Effect.provide(gatewayLayer(azureYaml)))
  )
})

const azureYaml = (origin: string) => `
providerAccounts:
  - { name: dated, type: azure-openai, baseUrl: "${origin}", apiVersion: "2024-10-21", apiKey: azure-secret, models: [{ name: m, id: deployment }] }
  - { name: v1, type: azure-openai, baseUrl: "${origin}/openai/v1", apiKey: azure-secret, models: [{ name: m, id: deployment }] }
access: { tokens: [{ subject: "user:alice", sha256: ${sha256(TOKEN)}, models: ["*"] }] }
`
