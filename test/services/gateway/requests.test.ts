import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { chat, gatewayLayer } from "./harness.ts"
import { answers, DONE, SSE } from "./scripts.ts"
import { serve } from "./serve.ts"

describe("a body", () => {
  const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`
  const hostile: ReadonlyArray<readonly [string, string]> = [
    [
      "__proto__ for a key",
      '{"model":"a/m","__proto__":{"stream":true,"polluted":1},"messages":[{"__proto__":{"polluted":1}}]}'
    ],
    ["constructor.prototype", '{"model":"a/m","messages":[{"constructor":{"prototype":{"polluted":1}}}]}'],
    ["a hundred thousand levels", `{"model":"a/m","messages":[{"content":${nested(100_000)}}]}`],
    ["numbers past all bounds", '{"model":"a/m","messages":[],"temperature":1e999,"seed":-1e999,"n":1e400}'],
    ["lone surrogates", '{"model":"a/m","messages":[{"content":"\\ud800\\udc00 \\ud800 \\udfff"}]}'],
    ["a key that stands twice", '{"model":"a/n","messages":[],"model":"a/m"}']
  ]
  for (const [name, body] of hostile) {
    for (const capture of ["full", "metadata"] as const) {
      it.effect(`with ${name} is served and traced, capture: ${capture}`, () =>
        Effect.gen(function* () {
          const headers = capture === "full" ? {} : { "x-tfy-logging-config": '{"enabled":false}' }
          const { exchange, header, sends } = yield* serve({ body, headers }, answers(200))
          assert.strictEqual(exchange.status, 200)
          assert.strictEqual(header.capture, capture)
          assert.strictEqual(header.streaming, false)
          assert.strictEqual(JSON.parse(sends[0]?.body ?? "").model, "m")
          assert.isUndefined(({} as { polluted?: number }).polluted)
        }).pipe(Effect.provide(gatewayLayer()))
      )
    }
  }

  it.effect("too deep and too large for a trace costs the trace its depth, not itself", () =>
    Effect.gen(function* () {
      const padding = `"${"x".repeat(600 * 1024)}"`
      const body = `{"model":"a/m","max_tokens":7,"messages":[{"content":${nested(50_000)}},{"content":${padding}}]}`
      const { event: captured, exchange, header } = yield* serve({ body }, answers(200))
      assert.strictEqual(exchange.status, 200)
      assert.strictEqual(header.requestBytes, body.length)
      assert.strictEqual(header.requestFacts?.maxTokens, 7)
      const kept = Buffer.concat(captured.request)
      assert.isAtMost(kept.length, 512 * 1024)
      assert.include(kept.toString(), "nested too deep")
      assert.include(kept.toString(), "characters cut")
      JSON.parse(kept.toString())
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("with a model's name of a megabyte is refused briefly", () =>
    Effect.gen(function* () {
      const { exchange, header } = yield* serve({ body: chat("\ud800".concat("m".repeat(1024 * 1024))) }, answers(200))
      assert.strictEqual(exchange.status, 404)
      assert.isBelow(exchange.text.length, 1000)
      assert.strictEqual(header.requestedModel?.length, 256)
      assert.isTrue(header.requestedModel?.isWellFormed())
    }).pipe(Effect.provide(gatewayLayer()))
  )
})

describe("a request", () => {
  it.effect("is traced with what its connection and headers say, cut to size", () =>
    Effect.gen(function* () {
      const { header } = yield* serve(
        {
          path: `/v1/${"x".repeat(9000)}`,
          headers: {
            "x-forwarded-for": " , 10.1.1.1",
            "user-agent": "u".repeat(5000),
            host: "h".repeat(5000),
            traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
            tracestate: "a=1"
          }
        },
        answers(200)
      )
      assert.strictEqual(header.path.length, 512)
      assert.strictEqual(header.userAgent?.length, 512)
      assert.strictEqual(header.host?.length, 512)
      assert.strictEqual(header.clientAddress, "10.0.0.7", "an empty first member names nobody")
      assert.deepInclude(header, {
        traceId: "0af7651916cd43dd8448eb211c80319c",
        parentSpanId: "b7ad6b7169203331",
        traceState: "a=1",
        flags: 0
      })
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("with broken trace context starts a trace of its own", () =>
    Effect.gen(function* () {
      for (const traceparent of ["", "00-0-0-0", `00-${"0".repeat(32)}-b7ad6b7169203331-01`, "\u00e9"]) {
        const { exchange, header } = yield* serve(
          { body: chat("a/m"), headers: { traceparent, tracestate: "a=1" } },
          answers(200)
        )
        assert.strictEqual(header.parentSpanId, undefined)
        assert.strictEqual(header.traceState, undefined)
        assert.match(header.traceId, /^[0-9a-f]{32}$/)
        assert.strictEqual(exchange.headers["x-trace-id"], header.traceId)
      }
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("of HEAD and OPTIONS is told what is allowed", () =>
    Effect.gen(function* () {
      for (const method of ["HEAD", "OPTIONS", "DELETE"]) {
        const { exchange, header } = yield* serve({ method, path: "/v1/models" }, answers(200))
        assert.deepStrictEqual([exchange.status, exchange.headers["allow"]], [405, "GET"])
        assert.strictEqual(header.errorType, "method_not_allowed")
      }
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("of messages gets Anthropic's envelope, whatever refuses it", () =>
    Effect.gen(function* () {
      const path = "/v1/messages"
      const refused = yield* serve({ path, body: "{" }, answers(200))
      const method = yield* serve({ path, method: "GET" }, answers(200))
      const failed = yield* serve({ path, body: chat("a/m", { max_tokens: 5 }) }, (send) => send.fail("dns"))
      const broken = yield* serve({ path, body: chat("a/m", { max_tokens: 5 }) }, (send) => send.die(new Error("x")))
      for (const { exchange } of [refused, method, failed, broken]) {
        assert.strictEqual(exchange.json.type, "error")
        assert.isString(exchange.json.error.message)
      }
      assert.deepStrictEqual(
        [refused, method, failed, broken].map(({ exchange }) => exchange.status),
        [400, 405, 502, 500]
      )
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("sees one revision of the configuration", () =>
    Effect.gen(function* () {
      const { header } = yield* serve({ body: chat("a/m", { stream: true }) }, (send) =>
        send.head(200, SSE).chunk(DONE).end()
      )
      assert.isNotEmpty(header.revision)
    }).pipe(Effect.provide(gatewayLayer()))
  )
})

describe("a request for a stream", () => {
  for (const [model, asked] of [
    ["a/m", true],
    ["mistral/m", false]
  ] as const) {
    it.effect(`${asked ? "asks" : "does not ask"} ${model} for usage`, () =>
      Effect.gen(function* () {
        const { sends } = yield* serve({ body: chat(model, { stream: true }) }, (send) => {
          send.head(200, SSE).chunk(DONE).end()
        })
        assert.strictEqual(sends[0]?.body.includes("stream_options"), asked)
      }).pipe(Effect.provide(gatewayLayer()))
    )
  }
})
