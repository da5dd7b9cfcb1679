import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import type { ClientApi, ProviderApi } from "../../../src/services/provider/Api.ts"
import { streamError } from "../../../src/services/provider/providerError.ts"
import { translatorFor } from "../../../src/services/provider/translators.ts"
import { at, bytes, text } from "./fixtures.ts"

const translate = (api: ClientApi, provider: ProviderApi, status: number, body: string | Uint8Array): unknown => {
  const translator = translatorFor(api, provider)
  assert.isDefined(translator)
  return JSON.parse(text(translator!.error(status, typeof body === "string" ? bytes(body) : body)))
}

const openAi = (status: number, body: string | Uint8Array) =>
  at(translate("chat_completions", "openai", status, body), "error")

describe("a provider's error for its own dialect", () => {
  it("passes byte for byte when it is a proper envelope", () => {
    const azure = bytes('{"error": {"code": "401", "message": "Access denied", "innererror": {"a": 1.0}}}')
    assert.strictEqual(translatorFor("chat_completions", "openai")?.error(401, azure), azure)
    const anthropic = bytes(
      '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"r"}'
    )
    assert.strictEqual(translatorFor("messages", "anthropic")?.error(529, anthropic), anthropic)
  })

  it("is wrapped in every shape that is none", () => {
    assert.deepStrictEqual(openAi(401, '{"detail":"Invalid API Key"}'), {
      message: "Invalid API Key",
      type: "authentication_error",
      param: null,
      code: null
    })
    assert.strictEqual(
      at(
        openAi(
          422,
          '{"detail":[{"loc":["body","temperature"],"msg":"Input should be a number","type":"float_type"},{"msg":"x"}]}'
        ),
        "message"
      ),
      "body.temperature: Input should be a number; x"
    )
    assert.deepInclude(
      openAi(400, '{"object":"error","message":"bad model","type":"invalid_model","param":null,"code":"1500"}'),
      {
        message: "bad model",
        type: "invalid_model",
        code: "1500"
      }
    )
    assert.deepInclude(openAi(404, '{"error":"model \\"x\\" not found"}'), {
      message: 'model "x" not found',
      type: "invalid_request_error"
    })
    assert.deepInclude(openAi(400, '{"code":"Client specified an invalid argument","error":"Incorrect API key"}'), {
      message: "Incorrect API key",
      code: "Client specified an invalid argument"
    })
    assert.deepInclude(openAi(429, '[{"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED"}}]'), {
      message: "Quota",
      type: "RESOURCE_EXHAUSTED",
      code: "429"
    })
    assert.deepInclude(openAi(502, "upstream connect error"), {
      message: "upstream connect error",
      type: "server_error"
    })
  })

  it("finds Mistral's reasons, wherever it puts them", () => {
    const reason = [{ type: "extra_forbidden", loc: ["body", "user"], msg: "Extra inputs are not permitted" }]
    for (const message of [reason, { detail: reason }]) {
      assert.strictEqual(
        at(openAi(422, JSON.stringify({ object: "error", message })), "message"),
        "body.user: Extra inputs are not permitted"
      )
    }
  })

  it("is total for bodies that nest without end", () => {
    const nest = (open: string, close: string) => open.repeat(50_000) + close.repeat(50_000)
    for (const body of [
      `{"detail":${nest("[", "]")}}`,
      `{"detail":${nest('{"detail":', "}").replace(":}", ":1}")}}`,
      `{"detail":[{"msg":"m","loc":${nest("[", "]")}}]}`
    ]) {
      assert.isString(at(openAi(422, body), "message"))
    }
  })

  it("never shows a page, half a body or bytes that are no text", () => {
    for (const body of ["<html><body>502</body></html>", "", "  ", '{"error":{"mess', "x".repeat(600)]) {
      assert.strictEqual(at(openAi(502, body), "message"), "The provider answered 502 without saying why.")
    }
    assert.strictEqual(at(openAi(500, new Uint8Array([0xff, 0xfe, 0x00])), "type"), "server_error")
  })
})

describe("a provider's error for the other dialect", () => {
  it("becomes Anthropic's, its type by the status", () => {
    assert.deepStrictEqual(
      translate(
        "messages",
        "openai",
        404,
        '{"error":{"message":"no such model","type":"invalid_request_error","code":"model_not_found"}}'
      ),
      { type: "error", error: { type: "not_found_error", message: "no such model" } }
    )
  })

  it("becomes OpenAI's, with Anthropic's type", () => {
    assert.deepStrictEqual(
      translate(
        "chat_completions",
        "anthropic",
        529,
        '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
      ),
      { error: { message: "Overloaded", type: "overloaded_error", param: null, code: null } }
    )
  })
})

it.prop(
  "any bytes give a valid envelope",
  {
    body: Schema.Union([Schema.Uint8Array, Schema.String]),
    status: Schema.Int.check(Schema.isBetween({ minimum: 400, maximum: 599 }))
  },
  ({ body, status }) => {
    for (const provider of ["openai", "anthropic"] as const) {
      const chat = translate("chat_completions", provider, status, body)
      assert.isString(at(chat, "error", "message"))
      const messages = translate("messages", provider, status, body)
      assert.strictEqual(at(messages, "type"), "error")
      assert.isString(at(messages, "error", "type"))
    }
  }
)

it("an event carries an error only in a member that says something", () => {
  assert.strictEqual(streamError({ error: null, choices: [] }), undefined)
  assert.strictEqual(streamError({ choices: [{ finish_reason: "error" }] }), undefined)
  assert.deepInclude(streamError({ error: { code: 502, message: "gone" }, choices: [] }), {
    type: "502",
    message: "gone"
  })
  assert.deepInclude(streamError({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }), {
    type: "overloaded_error"
  })
})
