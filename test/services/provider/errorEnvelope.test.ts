import Anthropic from "@anthropic-ai/sdk"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import OpenAI from "openai"
import { errorBody, streamErrorEvent } from "../../../src/services/provider/errorEnvelope.ts"
import { bytes, text } from "./fixtures.ts"
import { anthropicClient, openAiClient, streamed } from "./sdk.ts"

const error = { type: "rate_limit_error", code: "too_many", message: "Slow down." }

describe("errorBody", () => {
  it("is OpenAI's envelope, with every member", () => {
    assert.deepStrictEqual(JSON.parse(text(errorBody("chat_completions", { ...error, status: 429, param: "model" }))), {
      error: { message: "Slow down.", type: "rate_limit_error", param: "model", code: "too_many" }
    })
    assert.strictEqual(JSON.parse(text(errorBody("embeddings", { ...error, status: 429 }))).error.param, null)
  })

  it("is Anthropic's envelope on messages, with a type of Anthropic's", () => {
    const type = (status: number, type: string) =>
      JSON.parse(text(errorBody("messages", { status, type, code: null, message: "x" }))).error.type
    assert.deepStrictEqual(JSON.parse(text(errorBody("messages", { ...error, status: 429 }))), {
      type: "error",
      error: { type: "rate_limit_error", message: "Slow down." }
    })
    assert.strictEqual(type(404, "invalid_request_error"), "not_found_error")
    assert.strictEqual(type(400, "invalid_request_error"), "invalid_request_error")
    assert.strictEqual(type(503, "server_error"), "overloaded_error")
    assert.strictEqual(type(502, "server_error"), "api_error")
    assert.strictEqual(type(504, "x"), "timeout_error")
    assert.strictEqual(type(503, "api_error"), "api_error")
  })
})

const thrown = <A>(run: () => Promise<A>) => Effect.flip(Effect.tryPromise({ try: run, catch: (cause) => cause }))

/** States in which a stream may be broken off: before it, between events, inside a comment, after a line. */
const broken = ["", "data: {}\n\n", ": keep", "data: {}\n", "data: {}\n\n:"]

describe("streamErrorEvent", () => {
  for (const before of broken) {
    it.effect(`makes the OpenAI SDK throw after ${JSON.stringify(before)}`, () =>
      Effect.gen(function* () {
        const body = new Uint8Array([...bytes(before), ...streamErrorEvent("chat_completions", error)])
        const cause = yield* thrown(async () => {
          const stream = await openAiClient(streamed(body)).chat.completions.create({
            model: "m",
            messages: [],
            stream: true
          })
          for await (const _ of stream);
        })
        assert.instanceOf(cause, OpenAI.APIError)
        assert.strictEqual((cause as InstanceType<typeof OpenAI.APIError>).code, "too_many")
      })
    )
  }

  for (const before of broken) {
    it.effect(`makes the OpenAI SDK's responses throw after ${JSON.stringify(before)}`, () =>
      Effect.gen(function* () {
        const body = new Uint8Array([...bytes(before), ...streamErrorEvent("responses", error)])
        const cause = yield* thrown(async () => {
          const stream = await openAiClient(streamed(body)).responses.create({ model: "m", input: "x", stream: true })
          for await (const _ of stream);
        })
        assert.instanceOf(cause, OpenAI.APIError)
        assert.strictEqual((cause as InstanceType<typeof OpenAI.APIError>).code, "too_many")
      })
    )
  }

  for (const before of ["event: response.outp", 'event: response.created\ndata: {"ty']) {
    it.effect(`lets the OpenAI SDK's responses end in no silence after ${JSON.stringify(before)}`, () =>
      Effect.gen(function* () {
        const body = new Uint8Array([...bytes(before), ...streamErrorEvent("responses", error)])
        const client = openAiClient(streamed(body)).withOptions({ logLevel: "off" })
        // This SDK takes the half event for one that is malformed.
        const cause = yield* thrown(async () => {
          const stream = await client.responses.create({ model: "m", input: "x", stream: true })
          for await (const _ of stream);
        })
        assert.instanceOf(cause, Error)
      })
    )
  }

  it("is a whole error event of the Responses API, with a code in any case", () => {
    const said = (code: string | null) =>
      JSON.parse(text(streamErrorEvent("responses", { ...error, code })).split("data: ")[1] ?? "")
    const event = { type: "error", message: "Slow down.", param: null, sequence_number: 0 }
    assert.deepStrictEqual(said("too_many"), { ...event, code: "too_many" })
    assert.deepStrictEqual(said(null), { ...event, code: "rate_limit_error" })
  })

  for (const before of [...broken, "event: mess", 'event: message_start\ndata: {"ty', "event: ping\nda"]) {
    it.effect(`makes the Anthropic SDK throw after ${JSON.stringify(before)}`, () =>
      Effect.gen(function* () {
        const body = new Uint8Array([...bytes(before), ...streamErrorEvent("messages", error)])
        const cause = yield* thrown(async () => {
          const stream = await anthropicClient(streamed(body)).messages.create({
            model: "m",
            max_tokens: 1,
            messages: [],
            stream: true
          })
          for await (const _ of stream);
        })
        assert.instanceOf(cause, Anthropic.APIError)
        assert.include(String(cause), "Slow down.")
      })
    )
  }
})
