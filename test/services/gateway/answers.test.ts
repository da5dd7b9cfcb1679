import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { Captured, chat, gatewayLayer, T0 } from "./harness.ts"
import { answers, DONE, delta, JSON_TYPE, type Script, SSE, silent, whole } from "./scripts.ts"
import { serve, start } from "./serve.ts"

const wrong: ReadonlyArray<readonly [string, boolean, Script, number, string, string?]> = [
  ["204 without a body", false, (send) => send.head(204).end(), 502, "provider_malformed_response"],
  ["200 without a body", false, (send) => send.head(200, JSON_TYPE).end(), 502, "provider_malformed_response"],
  ["no head at all", false, (send) => send.end(), 502, "provider_connection_reset"],
  ["a redirect", false, (send) => send.head(302, { location: "http://evil.test/" }).end(), 502, "provider_redirect"],
  ["a redirect to a stream", true, (send) => send.head(307, { location: "/" }).end(), 502, "provider_redirect"],
  ["not modified", false, (send) => send.head(304).end(), 502, "provider_redirect"],
  ["a status that HTTP does not know", false, answers(999, "{}"), 502, "provider_unknown_status"],
  [
    "a stream that nobody asked for",
    false,
    (send) => send.head(200, SSE).chunk(delta("Hi")).chunk(DONE).end(),
    502,
    "provider_malformed_response"
  ],
  ["a whole answer in place of a stream", true, answers(200), 502, "provider_malformed_response"],
  [
    "a page in place of a stream",
    true,
    answers(200, "<html>", { "content-type": "text/html" }),
    502,
    "provider_malformed_response"
  ],
  [
    "a compressed answer",
    false,
    answers(200, whole, { ...JSON_TYPE, "content-encoding": "gzip" }),
    502,
    "provider_malformed_response",
    "compressed"
  ],
  [
    "a compressed stream",
    true,
    answers(200, "\u001f\u008b", { ...SSE, "content-encoding": "br" }),
    502,
    "provider_malformed_response"
  ],
  ["an array", false, answers(200, "[1]"), 502, "provider_malformed_response"],
  ["half a body", false, answers(200, whole.slice(0, -5)), 502, "provider_malformed_response"]
]

describe("a provider's answer", () => {
  for (const [name, stream, script, status, code, word] of wrong) {
    it.effect(`${name} is a ${status} ${code}, in one trace`, () =>
      Effect.gen(function* () {
        const { exchange, header } = yield* serve({ body: chat("a/m", { stream }) }, script)
        assert.strictEqual(exchange.status, status)
        assert.strictEqual(exchange.json.error.code, code)
        assert.include(exchange.json.error.message, word ?? "")
        assert.strictEqual(header.status, status)
        assert.strictEqual(header.errorType, code)
        assert.strictEqual(header.outcome, "completed")
        assert.strictEqual(header.attempts[0]?.outcome, "failed")
        assert.isUndefined(header.stream)
        assert.isUndefined(exchange.headers["location"])
      }).pipe(Effect.provide(gatewayLayer()))
    )
  }

  it.effect("an error body is read to its bound, the rest is let go", () =>
    Effect.gen(function* () {
      const { exchange, sends } = yield* serve({ body: chat("a/m") }, (send) => {
        send.head(500, JSON_TYPE)
        for (let i = 0; i < 1000 && send.stops === 0; i++) send.chunk("x".repeat(1024))
      })
      assert.strictEqual(exchange.status, 500)
      assert.strictEqual(sends[0]?.stops, 1)
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("an answer larger than its bound is let go", () =>
    Effect.gen(function* () {
      const megabyte = "x".repeat(1024 * 1024)
      let sent = 0
      const { exchange, sends } = yield* serve({ body: chat("a/m") }, (send) => {
        send.head(200, JSON_TYPE)
        for (; sent < 100 && send.stops === 0; sent++) send.chunk(megabyte)
      })
      assert.strictEqual(exchange.status, 502)
      assert.strictEqual(exchange.json.error.code, "provider_response_too_large")
      assert.strictEqual(sends[0]?.stops, 1)
      assert.strictEqual(sent, 65)
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("may name its type in any case, with parameters, or not at all", () =>
    Effect.gen(function* () {
      for (const type of [{ "content-type": "Text/Event-Stream;charset=UTF-8" }, {}]) {
        const { exchange } = yield* serve({ body: chat("a/m", { stream: true }) }, (send) =>
          send.head(200, type).chunk(delta("Hi")).chunk(DONE).end()
        )
        assert.strictEqual(exchange.status, 200)
      }
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("passes rate limits on, and nothing that a header cannot carry", () =>
    Effect.gen(function* () {
      const headers = {
        ...JSON_TYPE,
        "x-ratelimit-remaining-requests": "7",
        "x-ratelimit-control": "a\u0001b",
        "x-ratelimit-break": "a\r\nset-cookie: x=1",
        "x-ratelimit-latin": "caf\u00e9",
        "anthropic-ratelimit-wide": "\u4e16",
        "retry-after": "garbage",
        "set-cookie": "a=1",
        server: "nginx"
      }
      for (const status of [200, 429]) {
        const { exchange } = yield* serve({ body: chat("a/m") }, answers(status, whole, headers))
        assert.strictEqual(exchange.status, status)
        const names = Object.keys(exchange.headers).filter((name) => /limit|retry|cookie|server/.test(name))
        assert.sameMembers(names, ["x-ratelimit-remaining-requests", "x-ratelimit-latin", "retry-after"])
      }
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("is timed: its first byte, its end", () =>
    Effect.gen(function* () {
      const { fiber, provider } = yield* start({ body: chat("a/m") }, silent)
      const send = yield* provider.next
      yield* TestClock.adjust("1 second")
      send.head(200, JSON_TYPE)
      yield* TestClock.adjust("1 second")
      send.chunk(whole.slice(0, 9))
      yield* TestClock.adjust("1 second")
      send.chunk(whole.slice(9)).end()
      yield* Fiber.join(fiber)
      const captured = yield* Captured
      const { header, request, response } = yield* captured.next
      assert.deepInclude(header.attempts[0], {
        start: T0,
        firstByte: T0 + 2000,
        end: T0 + 3000,
        status: 200,
        outcome: "completed"
      })
      assert.strictEqual(header.end, T0 + 3000)
      assert.strictEqual(Buffer.concat(response).toString(), whole)
      assert.deepStrictEqual(JSON.parse(Buffer.concat(request).toString()), chat("a/m"))
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("of a failed attempt is not the request's answer in the trace", () =>
    Effect.gen(function* () {
      const { event } = yield* serve({ body: chat("a/m") }, answers(500, '{"error":{"message":"secret"}}'))
      assert.strictEqual(Buffer.concat(event.response).toString(), "")
      assert.include(event.header.attempts[0]?.errorBody ?? "", "secret")
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("of a failed attempt is kept by its start, and says so", () =>
    Effect.gen(function* () {
      const { event } = yield* serve({ body: chat("a/m") }, answers(500, "x".repeat(2100)))
      assert.strictEqual(event.header.attempts[0]?.errorBody, `${"x".repeat(2048)}… [52 bytes cut]`)
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("with capture: metadata leaves neither body nor error body in the trace", () =>
    Effect.gen(function* () {
      const quiet = { "x-tfy-logging-config": '{"enabled":false}' }
      const error = yield* serve({ body: chat("a/m"), headers: quiet }, answers(500, '{"error":{"message":"canary"}}'))
      const good = yield* serve({ body: chat("a/m"), headers: quiet }, answers(200))
      for (const { event } of [error, good]) {
        assert.deepStrictEqual([event.request, event.response], [[], []])
        assert.notInclude(JSON.stringify(event.header), "canary")
        assert.notInclude(JSON.stringify(event.header), "Hello")
      }
      assert.deepStrictEqual(good.header.responseFacts?.finishReasons, ["stop"])
    }).pipe(Effect.provide(gatewayLayer()))
  )
})
