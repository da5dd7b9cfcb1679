import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { ClientApi } from "../../../src/services/provider/Api.ts"
import { translatorFor } from "../../../src/services/provider/translators.ts"
import { type Case, eventsOf, forward, request, streams } from "../provider/fixtures.ts"
import { chat, gatewayLayer } from "./harness.ts"
import { DONE, delta, SSE } from "./scripts.ts"
import { serve } from "./serve.ts"

const FINISH = DONE.replace("data: [DONE]\n\n", "")

const ENDED = "The provider ended its stream without its final event."

interface Client {
  readonly api: ClientApi
  readonly path: string
  /** To an OpenAI account, and to an Anthropic one. */
  readonly body: (model: string) => object
}

const CLIENTS: ReadonlyArray<Client> = [
  { api: "chat_completions", path: "/v1/chat/completions", body: (model) => chat(model, { stream: true, n: 2 }) },
  {
    api: "chat_completions",
    path: "/v1/chat/completions",
    body: (model) => chat(model, { stream: true, n: 2, stream_options: { include_usage: true } })
  },
  { api: "completions", path: "/v1/completions", body: (model) => ({ model, stream: true, prompt: "Hi" }) },
  { api: "messages", path: "/v1/messages", body: (model) => chat(model, { stream: true, max_tokens: 9 }) },
  { api: "responses", path: "/v1/responses", body: (model) => ({ model, stream: true, input: "Hi" }) }
]

/** Each recorded stream for each client that may get it. */
const pairs = streams.flatMap((recorded) =>
  CLIENTS.filter(({ api }) =>
    recorded.api === "responses"
      ? api === "responses"
      : recorded.api === "anthropic"
        ? api === "messages" || (api === "chat_completions" && recorded.operation === "chat")
        : recorded.operation === "text_completion"
          ? api === "completions"
          : api === "chat_completions" || api === "messages"
  ).map((client) => ({ client, recorded }))
)

const modelFor = ({ api }: Case): string => (api === "anthropic" ? "c/m" : "a/m")

/** n is not asked of Anthropic, which has none. */
const bodyFor = ({ body }: Client, recorded: Case): { readonly [member: string]: unknown } => {
  const { n, ...asked } = { n: undefined, ...body(modelFor(recorded)) }
  return recorded.api === "anthropic" || n === undefined ? asked : { ...asked, n }
}

/** The provider closes its stream in order behind these bytes. */
const closes = Effect.fnUntraced(function* (path: string, body: unknown, bytes: Uint8Array | string) {
  return yield* serve({ path, body }, (send) => {
    send.head(200, SSE)
    send.request.receiver.chunk(Buffer.from(bytes))
    send.end()
  })
})

/** The events that tell of an error, as each dialect's SDK would find them. */
const errorsIn = (text: string): ReadonlyArray<string> =>
  eventsOf(Buffer.from(text)).flatMap(({ data, event }) => {
    if (event === "error") return [data]
    return data.startsWith("{") && (JSON.parse(data).error ?? null) !== null ? [data] : []
  })

describe("a stream that its provider closes in order", () => {
  it.effect("goes to the client as it was recorded, with no error event if it is whole", () =>
    Effect.gen(function* () {
      for (const { client, recorded } of pairs) {
        const name = `${recorded.name} for ${client.path}`
        const body = bodyFor(client, recorded)
        const { exchange, header } = yield* closes(client.path, body, recorded.body)
        const translator = translatorFor(client.api, recorded.api === "anthropic" ? "anthropic" : "openai")
        assert.isDefined(translator, name)
        const said = translator && forward(translator.stream(request(client.api, body)), [recorded.body])
        assert.strictEqual(exchange.text, Buffer.from(said ?? "").toString(), name)
        assert.strictEqual(errorsIn(exchange.text).length, recorded.facts.error === undefined ? 0 : 1, name)
        assert.strictEqual(header.errorType, recorded.facts.error?.type, name)
        assert.strictEqual(header.stream?.done, recorded.facts.error === undefined, name)
      }
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("without its end is told so in the client's dialect, once, and traced so", () =>
    Effect.gen(function* () {
      for (const { client, recorded } of pairs) {
        if (recorded.facts.error !== undefined) continue
        const name = `${recorded.name} for ${client.path}`
        const half = recorded.body.subarray(0, recorded.body.length / 3)
        const { exchange, header } = yield* closes(client.path, bodyFor(client, recorded), half)
        const last = eventsOf(Buffer.from(exchange.text)).at(-1)
        const said = JSON.parse(last?.data ?? "")
        switch (client.api) {
          case "messages":
            assert.strictEqual(last?.event, "error", name)
            assert.deepStrictEqual(said, { type: "error", error: { type: "api_error", message: ENDED } })
            break
          case "responses":
            assert.strictEqual(last?.event, "error", name)
            assert.deepInclude(said, { type: "error", code: "provider_connection_reset", message: ENDED })
            break
          default:
            assert.deepStrictEqual(
              said,
              { error: { message: ENDED, type: "api_error", param: null, code: "provider_connection_reset" } },
              name
            )
        }
        assert.strictEqual(exchange.text.split(ENDED).length, 2, name)
        assert.strictEqual(header.outcome, "failed", name)
        assert.strictEqual(header.errorMessage, ENDED)
        assert.deepInclude(header.stream, { done: false, outcome: "failed", errorType: "stream_interrupted" })
      }
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("with nothing in it but comments or usage is no answer", () =>
    Effect.gen(function* () {
      for (const bytes of [": ping\n\n", 'data: {"choices":[],"usage":{"prompt_tokens":1}}\n\n']) {
        const { exchange, header } = yield* closes("/v1/chat/completions", chat("a/m", { stream: true }), bytes)
        assert.strictEqual(errorsIn(exchange.text).length, 1)
        assert.strictEqual(header.outcome, "failed")
      }
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("behind an error of the provider's own has nothing added", () =>
    Effect.gen(function* () {
      for (const error of [
        'data: {"error":{"message":"overloaded","type":"overloaded_error"}}\n\n',
        'event: error\ndata: {"message":"overloaded","type":"overloaded_error"}\n\n'
      ]) {
        const bytes = delta("Hi") + error
        const { exchange, header } = yield* closes("/v1/chat/completions", chat("a/m", { stream: true }), bytes)
        assert.strictEqual(exchange.text, bytes)
        assert.strictEqual(header.errorType, "overloaded_error")
      }
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("has all the choices that it gives; one that breaks has not", () =>
    Effect.gen(function* () {
      const bytes = delta("Hi") + FINISH
      const body = chat("a/m", { stream: true, n: 2 })
      const { exchange } = yield* closes("/v1/chat/completions", body, bytes)
      assert.strictEqual(exchange.text, bytes)
      const broken = yield* serve({ body }, (send) => send.head(200, SSE).chunk(bytes).fail("connection_reset"))
      assert.strictEqual(errorsIn(broken.exchange.text).length, 1)
      assert.strictEqual(broken.header.outcome, "failed")
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("whose last event only its end made whole is done", () =>
    Effect.gen(function* () {
      const bytes = delta("Hi") + FINISH.slice(0, -1)
      const { exchange, header } = yield* closes("/v1/chat/completions", chat("a/m", { stream: true }), bytes)
      assert.strictEqual(exchange.text, `${bytes}\n\n`)
      assert.strictEqual(header.outcome, "completed")
      assert.isTrue(header.stream?.done)
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("whose last event only its end made whole is done in every dialect, as it was recorded", () =>
    Effect.gen(function* () {
      for (const { client, recorded } of pairs) {
        const name = `${recorded.name} for ${client.path}`
        const body = bodyFor(client, recorded)
        const whole = yield* closes(client.path, body, recorded.body)
        const cut = Buffer.from(recorded.body).toString().trimEnd()
        for (const bytes of [cut, `${cut}\n`]) {
          const { exchange, header } = yield* closes(client.path, body, bytes)
          const [got, expected] = [exchange.text, whole.exchange.text].map((text) => eventsOf(Buffer.from(text)))
          assert.deepStrictEqual(got, expected, name)
          assert.strictEqual(header.outcome, whole.header.outcome, name)
          assert.strictEqual(header.stream?.done, whole.header.stream?.done, name)
        }
      }
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("with an error of the provider's own is never without a word to the client", () =>
    Effect.gen(function* () {
      const ERRORS = [
        'data: {"error":{"message":"no more","type":"overloaded"}}',
        'event: error\ndata: {"message":"no more"}'
      ]
      for (const client of CLIENTS) {
        for (const error of ERRORS) {
          for (const eol of ["", "\n", "\n\n"]) {
            const name = `${JSON.stringify(error + eol)} for ${client.path}`
            const { exchange, header } = yield* closes(client.path, client.body("a/m"), delta("Hi") + error + eol)
            const said = errorsIn(exchange.text)
            assert.strictEqual(said.length, 1, name)
            assert.include(said[0], "no more", name)
            assert.strictEqual(header.outcome, "failed", name)
            assert.strictEqual(header.errorType, error.startsWith("data") ? "overloaded" : "server_error", name)
          }
        }
      }
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("without its end has all that came whole before the error event", () =>
    Effect.gen(function* () {
      for (const eol of ["", "\n"]) {
        const bytes = delta("Hi") + delta("there").trimEnd() + eol
        const { exchange } = yield* closes("/v1/chat/completions", chat("a/m", { stream: true }), bytes)
        const events = eventsOf(Buffer.from(exchange.text))
        assert.strictEqual(events.length, 3)
        assert.include(events[1]?.data, "there")
        assert.include(events[2]?.data, ENDED)
      }
    }).pipe(Effect.provide(gatewayLayer()))
  )
})
