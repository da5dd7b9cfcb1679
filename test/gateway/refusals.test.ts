import { connect } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { GatewayServer } from "../../src/layers/node-http/GatewayServer.ts"
import { type CallOptions, call } from "./client.ts"
import { Captured, gatewayLayer, NARROW_TOKEN } from "./harness.ts"

interface Case {
  readonly name: string
  readonly model?: string
  readonly options?: CallOptions & { readonly more?: object }
  readonly status: number
  readonly code: string
}

const cases: ReadonlyArray<Case> = [
  { name: "no token", options: { token: null }, status: 401, code: "missing_api_key" },
  { name: "an unknown token", options: { token: "sg-nobody" }, status: 401, code: "invalid_api_key" },
  {
    name: "a model not allowed",
    model: "openai/down",
    options: { token: NARROW_TOKEN },
    status: 403,
    code: "model_forbidden"
  },
  { name: "an unknown model", model: "openai/gpt-99", status: 404, code: "model_not_found" },
  { name: "an unknown route", options: { path: "/v1/nothing" }, status: 404, code: "route_not_found" },
  { name: "a wrong method", options: { method: "GET" }, status: 405, code: "method_not_allowed" },
  { name: "malformed JSON", options: { body: '{"model": "openai/echo", ' }, status: 400, code: "invalid_json" },
  { name: "an empty body", options: { body: "" }, status: 400, code: "invalid_json" },
  { name: "JSON that is no object", options: { body: "[1]" }, status: 400, code: "invalid_json" },
  {
    name: "invalid UTF-8",
    options: { body: new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]) },
    status: 400,
    code: "invalid_utf8"
  },
  { name: "no model", options: { body: { messages: [] } }, status: 400, code: "missing_model" },
  {
    name: "a model that is no string",
    options: { body: { model: 7, messages: [] } },
    status: 400,
    code: "invalid_type"
  },
  {
    name: "messages that are no array",
    options: { body: { model: "openai/echo", messages: "hi" } },
    status: 400,
    code: "invalid_type"
  },
  {
    name: "a message that is no object",
    options: { body: { model: "openai/echo", messages: ["hi"] } },
    status: 400,
    code: "invalid_type"
  },
  {
    name: "a stream that is no boolean",
    model: "openai/echo",
    options: { more: { stream: "yes" } },
    status: 400,
    code: "invalid_type"
  },
  { name: "a body over the limit", options: { body: "x".repeat(1_048_577) }, status: 413, code: "body_too_large" },
  {
    name: "bad metadata",
    model: "openai/echo",
    options: { headers: { "x-tfy-metadata": "[]" } },
    status: 400,
    code: "invalid_header"
  },
  {
    name: "a bad timeout",
    model: "openai/echo",
    options: { headers: { "x-tfy-request-timeout": "-1" } },
    status: 400,
    code: "invalid_header"
  },
  {
    name: "a bad retry policy",
    model: "openai/echo",
    options: { headers: { "x-tfy-retry-config": '{"attempts":99}' } },
    status: 400,
    code: "invalid_header"
  },
  {
    name: "embeddings of an Anthropic model",
    options: { path: "/v1/embeddings", body: { model: "claude/sonnet", input: "x" } },
    status: 400,
    code: "unsupported_operation"
  }
]

describe("refusals", () => {
  for (const { name, model = "openai/echo", options = {}, status, code } of cases) {
    it.effect(`${name}: ${status} ${code}, and one trace`, () =>
      Effect.gen(function* () {
        const captured = yield* Captured
        const answer = yield* call(model, options)
        assert.strictEqual(answer.status, status)
        assert.strictEqual(answer.json.error.code, code)
        assert.isString(answer.json.error.message)
        const { header } = yield* captured.next
        assert.strictEqual(header.status, status)
        assert.strictEqual(header.errorType, code)
        assert.strictEqual(header.outcome, "completed")
        assert.deepStrictEqual(header.attempts, [])
        assert.strictEqual(answer.headers.get("x-trace-id"), header.traceId)
        assert.strictEqual(yield* captured.left, 0)
      }).pipe(Effect.provide(gatewayLayer()))
    )
  }

  it.effect("speaks Anthropic's envelope on /v1/messages", () =>
    Effect.gen(function* () {
      const answer = yield* call("claude/none", {
        path: "/v1/messages",
        headers: { "x-api-key": "sg-nobody" },
        token: null
      })
      assert.strictEqual(answer.status, 401)
      assert.strictEqual(answer.json.type, "error")
      assert.strictEqual(answer.json.error.type, "authentication_error")
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("what never becomes a request has a trace too, which its answer names", () =>
    Effect.gen(function* () {
      const captured = yield* Captured
      const { port } = yield* GatewayServer
      const text = yield* Effect.promise(
        () =>
          new Promise<string>((resolve) => {
            let said = ""
            const socket = connect(port, "127.0.0.1", () => socket.write("no request at all\r\n\r\n"))
            socket.setEncoding("utf8").on("data", (chunk) => {
              said += chunk
            })
            socket.on("close", () => resolve(said))
          })
      )
      const { header } = yield* captured.next
      assert.match(text, /^HTTP\/1\.1 400 /)
      assert.include(text, `x-trace-id: ${header.traceId}`)
      assert.deepInclude(header, { status: 400, errorType: "malformed_http", method: "", attempts: [] })
      assert.strictEqual(yield* captured.left, 0)
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("never quotes the body or the token", () =>
    Effect.gen(function* () {
      const captured = yield* Captured
      const answer = yield* call("", { token: "sg-canary-token", body: '{"canary-prompt": ' })
      const broken = yield* call("", { body: '{"canary-prompt": ' })
      const headers = [(yield* captured.next).header, (yield* captured.next).header]
      for (const text of [answer.text, broken.text, JSON.stringify(headers)]) {
        assert.notInclude(text, "canary")
      }
    }).pipe(Effect.provide(gatewayLayer()))
  )
})
