import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import type { TraceHeader } from "../../../src/services/trace/TraceEvent.ts"
import { Captured, chat, gatewayLayer, T0 } from "./harness.ts"
import { answers, breaks, DONE, delta, SSE, silent, streams } from "./scripts.ts"
import { serve, start } from "./serve.ts"

const routed = `
virtualModels:
  - name: v/retry
    routing: { type: priority, targets: [
      { model: a/m, retry: { attempts: 2, delayMs: 100, onStatusCodes: [429, 503] } },
      { model: b/m, retry: { attempts: 0 } } ] }
  - name: v/slow-retry
    routing: { type: priority, targets: [{ model: a/m, retry: { attempts: 1, delayMs: 30000, onStatusCodes: [503] } }] }
  - name: v/dialects
    routing: { type: priority, targets: [{ model: c/m, retry: { attempts: 0 } }, { model: a/m, retry: { attempts: 0 } }] }
  - name: v/dialects-last
    routing: { type: priority, targets: [{ model: a/m, retry: { attempts: 0 } }, { model: c/m, retry: { attempts: 0 } }] }
`

const story = ({ attempts }: TraceHeader) =>
  attempts.map(
    ({ errorType, fallback, resend, target }) =>
      `${target} ${errorType ?? "ok"}${resend > 0 ? ` resend ${resend}` : ""}${fallback ? " fallback" : ""}`
  )

const withRoutes = Effect.provide(gatewayLayer(routed))

describe("attempts", () => {
  it.effect("waits for the policy's delay between sends on a target, and not before the next target", () =>
    Effect.gen(function* () {
      const { header } = yield* serve({ body: chat("v/retry") }, answers(503), answers(429), answers(503), answers(200))
      assert.deepStrictEqual(story(header), ["a/m 503", "a/m 429 resend 1", "a/m 503 resend 2", "b/m ok fallback"])
      assert.deepStrictEqual(
        header.attempts.map((attempt) => attempt.start - T0),
        [0, 100, 200, 200]
      )
      assert.strictEqual(header.status, 200)
      assert.strictEqual(header.outcome, "completed")
      assert.strictEqual(header.errorType, undefined)
      assert.strictEqual(header.errorMessage, undefined)
    }).pipe(withRoutes)
  )

  it.effect("does not retry a status that the policy leaves out", () =>
    Effect.gen(function* () {
      const { exchange, header } = yield* serve({ body: chat("v/retry") }, answers(400, '{"error":{"message":"no"}}'))
      assert.deepStrictEqual(story(header), ["a/m 400"])
      assert.strictEqual(exchange.status, 400)
      assert.strictEqual(header.errorType, "provider_400")
    }).pipe(withRoutes)
  )

  it.effect("waits as long as the provider asks", () =>
    Effect.gen(function* () {
      const { header } = yield* serve(
        { body: chat("v/retry") },
        answers(429, "{}", { "retry-after": "2" }),
        answers(429, "{}", { "retry-after": "9", "retry-after-ms": "700" }),
        answers(200)
      )
      assert.deepStrictEqual(
        header.attempts.map((attempt) => attempt.start - T0),
        [0, 2000, 2700]
      )
    }).pipe(withRoutes)
  )

  it.effect("moves on at once when the provider asks for too long a wait", () =>
    Effect.gen(function* () {
      const { header } = yield* serve(
        { body: chat("v/retry") },
        answers(429, "{}", { "retry-after": "6" }),
        answers(200)
      )
      assert.deepStrictEqual(story(header), ["a/m 429", "b/m ok fallback"])
      assert.strictEqual(header.end, T0)
    }).pipe(withRoutes)
  )

  it.effect("keeps to a long delay of the policy's own", () =>
    Effect.gen(function* () {
      const { header } = yield* serve({ body: chat("v/slow-retry") }, answers(503), answers(200))
      assert.deepStrictEqual(
        header.attempts.map((attempt) => attempt.start - T0),
        [0, 30_000]
      )
    }).pipe(withRoutes)
  )

  it.effect("bounds each attempt on its own, retries and their delays come on top", () =>
    Effect.gen(function* () {
      const { exchange, header, sends } = yield* serve(
        { body: chat("v/retry"), headers: { "x-tfy-request-timeout": "400" } },
        silent
      )
      assert.strictEqual(exchange.status, 504)
      assert.strictEqual(exchange.json.error.code, "provider_timeout")
      assert.deepStrictEqual(story(header), [
        "a/m timeout",
        "a/m timeout resend 1",
        "a/m timeout resend 2",
        "b/m timeout fallback"
      ])
      assert.deepStrictEqual(
        header.attempts.map(({ end, start }) => [start - T0, end - T0]),
        [
          [0, 400],
          [500, 900],
          [1000, 1400],
          [1400, 1800]
        ]
      )
      assert.isTrue(
        sends.every((send) => send.interrupted),
        "no call is left open"
      )
    }).pipe(withRoutes)
  )

  it.effect("the bound covers the body of an error, in a stream too", () =>
    Effect.gen(function* () {
      for (const stream of [true, false]) {
        const { exchange, header, sends } = yield* serve({ body: chat("b/m", { stream }) }, (send) => {
          send.head(500).chunk("{")
        })
        assert.strictEqual(exchange.status, 504)
        assert.deepStrictEqual(story(header), ["b/m timeout"])
        assert.strictEqual(header.end - header.start, 5000)
        assert.isTrue(sends.every((send) => send.interrupted))
      }
    }).pipe(withRoutes)
  )

  it.effect("the bound covers a whole answer to a request for a stream", () =>
    Effect.gen(function* () {
      const { exchange } = yield* serve({ body: chat("b/m", { stream: true }) }, (send) => {
        send.head(200, { "content-type": "application/json" }).chunk("{")
      })
      assert.strictEqual(exchange.status, 504)
    }).pipe(withRoutes)
  )

  it.effect("a stream has its bound for the first byte alone", () =>
    Effect.gen(function* () {
      const { exchange, fiber, provider } = yield* start({ body: chat("b/m", { stream: true }) }, silent)
      const send = yield* provider.next
      yield* TestClock.adjust("4 seconds")
      send.head(200, SSE).chunk(delta("Hi"))
      yield* TestClock.adjust("1 hour")
      send.chunk(DONE).end()
      yield* Fiber.join(fiber)
      assert.strictEqual(exchange.status, 200)
      assert.match(exchange.text, /\[DONE\]\n\n$/)
      const captured = yield* Captured
      const { header } = yield* captured.next
      assert.deepInclude(header.attempts[0], { firstByte: T0 + 4000, end: T0 + 3_604_000 })
      assert.deepInclude(header.stream, { start: T0 + 4000, end: T0 + 3_604_000 })
    }).pipe(withRoutes)
  )

  it.effect("the bound for the first token counts from the send, not from the head", () =>
    Effect.gen(function* () {
      const { exchange, fiber, provider } = yield* start(
        { body: chat("a/m", { stream: true }), headers: { "x-tfy-ttft-timeout-ms": "700" } },
        silent
      )
      const send = yield* provider.next
      yield* TestClock.adjust("600 millis")
      send.head(200, SSE)
      yield* TestClock.adjust("99 millis")
      assert.strictEqual(exchange.heads, 0)
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(fiber)
      assert.strictEqual(exchange.json.error.code, "time_to_first_token_timeout")
      assert.isTrue(send.interrupted)
    }).pipe(withRoutes)
  )

  it.effect("of two bounds the shorter one is named", () =>
    Effect.gen(function* () {
      const headers = { "x-tfy-ttft-timeout-ms": "700", "x-tfy-request-timeout": "600" }
      const { exchange } = yield* serve({ body: chat("a/m", { stream: true }), headers }, silent)
      assert.strictEqual(exchange.json.error.code, "provider_timeout")
    }).pipe(withRoutes)
  )

  it.effect("never tries again once a byte has gone to the client", () =>
    Effect.gen(function* () {
      const { exchange, header, sends } = yield* serve(
        { body: chat("v/retry", { stream: true }), headers: { "x-tfy-retry-config": '{"attempts":5,"delayMs":0}' } },
        (send) => send.head(200, SSE).chunk(delta("Hi")).fail("connection_reset")
      )
      assert.strictEqual(sends.length, 1)
      assert.include(exchange.text, '"provider_connection_reset"')
      assert.strictEqual(header.outcome, "failed")
      assert.strictEqual(header.errorType, "stream_interrupted")
      assert.deepStrictEqual(story(header), ["a/m stream_interrupted"])
    }).pipe(withRoutes)
  )

  it.effect("tries again when the stream ends or breaks before its first byte", () =>
    Effect.gen(function* () {
      const { header } = yield* serve(
        { body: chat("v/retry", { stream: true }) },
        (send) => send.head(200, SSE).fail("connection_reset"),
        (send) => send.head(200, SSE).end(),
        streams("Hi")
      )
      assert.deepStrictEqual(story(header), [
        "a/m connection_reset",
        "a/m stream_interrupted resend 1",
        "a/m ok resend 2"
      ])
    }).pipe(withRoutes)
  )

  it.effect("passes over a target that the request cannot be said to", () =>
    Effect.gen(function* () {
      const { exchange, header } = yield* serve({ body: chat("v/dialects", { n: 2 }) }, answers(200))
      assert.strictEqual(exchange.status, 200)
      assert.deepStrictEqual(story(header), ["a/m ok"])
    }).pipe(withRoutes)
  )

  it.effect("a refusal to translate does not hide the failure before it", () =>
    Effect.gen(function* () {
      const { exchange, header } = yield* serve({ body: chat("v/dialects-last", { n: 2 }) }, answers(503, "{}"))
      assert.strictEqual(exchange.status, 503)
      assert.strictEqual(header.errorType, "provider_503")
    }).pipe(withRoutes)
  )

  it.effect("refuses when there is no target that the request can be said to", () =>
    Effect.gen(function* () {
      const { exchange, header } = yield* serve({ body: chat("c/m", { n: 2 }) }, answers(200))
      assert.strictEqual(exchange.status, 400)
      assert.strictEqual(exchange.json.error.code, "not_translatable")
      assert.deepStrictEqual(header.attempts, [])
    }).pipe(withRoutes)
  )

  it.effect("a caller's own short bound does not make a target unhealthy for the others", () =>
    Effect.gen(function* () {
      const headers = { "x-tfy-request-timeout": "1", "x-tfy-retry-config": '{"attempts":3}' }
      yield* serve({ body: chat("a/m"), headers }, silent)
      const { header } = yield* serve({ body: chat("v/retry") }, answers(200))
      assert.deepStrictEqual(story(header), ["a/m ok"])
    }).pipe(withRoutes)
  )

  it.effect("an account's own bound does", () =>
    Effect.gen(function* () {
      yield* serve({ body: chat("b/m"), headers: { "x-tfy-retry-config": '{"attempts":1}' } }, silent)
      const { header } = yield* serve({ body: chat("v/both") }, answers(200))
      assert.deepStrictEqual(story(header), ["a/m ok"])
    }).pipe(
      Effect.provide(
        gatewayLayer(`
virtualModels:
  - name: v/both
    routing: { type: priority, targets: [{ model: b/m }, { model: a/m }] }
`)
      )
    )
  )

  it.effect("sends each attempt the same body, and a span id of its own", () =>
    Effect.gen(function* () {
      const { sends } = yield* serve(
        { body: chat("v/retry", { seed: 12345678901234567890n.toString() }) },
        answers(503),
        answers(200)
      )
      assert.strictEqual(sends[0]?.body, sends[1]?.body)
      assert.strictEqual(JSON.parse(sends[0]?.body ?? "").model, "m")
      assert.isUndefined(sends[0]?.request.headers["traceparent"])
    }).pipe(withRoutes)
  )

  for (const reason of ["connection_refused", "connection_reset", "dns", "tls", "protocol", "timeout"] as const) {
    it.effect(`falls back after ${reason}`, () =>
      Effect.gen(function* () {
        const { header } = yield* serve(
          { body: chat("v/retry"), headers: { "x-tfy-retry-config": '{"attempts":0}' } },
          breaks(reason),
          answers(200)
        )
        assert.deepStrictEqual(story(header), [`a/m ${reason}`, "b/m ok fallback"])
      }).pipe(withRoutes)
    )
  }
})
