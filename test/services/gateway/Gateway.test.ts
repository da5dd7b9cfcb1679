import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/testing/TestClock"
import { Gateway } from "../../../src/services/gateway/Gateway.ts"
import { FakeExchange } from "./FakeExchange.ts"
import { Captured, chat, gatewayLayer, T0 } from "./harness.ts"
import { answers, delta, type Script, SSE, silent } from "./scripts.ts"
import { serve, start } from "./serve.ts"

const event = Effect.gen(function* () {
  const captured = yield* Captured
  const found = yield* captured.next
  assert.strictEqual(yield* captured.left, 0, "one trace")
  return found
})

/** The layer, and what it logs. */
const logged = (lines: Array<string>) =>
  gatewayLayer().pipe(
    Layer.provideMerge(
      Layer.fresh(
        Logger.layer([Logger.make(({ cause, message }) => lines.push(`${String(message)} ${String(cause)}`))])
      )
    )
  )

describe("a defect of ours", () => {
  it.effect("before the head is a 500, a trace, and a line in the log", () => {
    const lines: Array<string> = []
    return Effect.gen(function* () {
      const { exchange, header } = yield* serve({ body: chat("a/m") }, (send) => send.die(new Error("boom")))
      assert.strictEqual(exchange.status, 500)
      assert.strictEqual(exchange.json.error.code, "internal_error")
      assert.notInclude(exchange.text, "boom")
      assert.strictEqual(header.status, 500)
      assert.strictEqual(header.errorType, "internal_error")
      assert.deepInclude(header.attempts[0], { outcome: "failed", errorType: "internal_error" })
      assert.strictEqual(lines.length, 1)
      assert.include(lines[0] ?? "", "boom")
    }).pipe(Effect.provide(logged(lines)))
  })

  it.effect("inside a stream is told in the stream, and traced as failed", () =>
    Effect.gen(function* () {
      const { exchange, header } = yield* serve({ body: chat("a/m", { stream: true }) }, (send) =>
        send.head(200, SSE).chunk(delta("Hi")).die(new Error("boom"))
      )
      assert.strictEqual(exchange.status, 200)
      assert.include(exchange.text, '"error":{')
      assert.strictEqual(header.outcome, "failed")
      assert.strictEqual(header.errorType, "internal_error")
      assert.strictEqual(header.stream?.outcome, "failed")
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("in writing the answer still gives a trace", () => {
    const lines: Array<string> = []
    return Effect.gen(function* () {
      const gateway = yield* Gateway
      const exchange = new FakeExchange({ body: "{" })
      exchange.headDefect = new Error("boom")
      yield* gateway.handle(exchange)
      assert.strictEqual((yield* event).header.errorType, "invalid_json")
      assert.strictEqual(lines.length, 1)
    }).pipe(Effect.provide(logged(lines)))
  })
})

describe("a caller that leaves", () => {
  const leaving = Effect.fnUntraced(function* (
    request: ConstructorParameters<typeof FakeExchange>[0],
    before: Effect.Effect<unknown> = Effect.void,
    script: Script = silent
  ) {
    const { exchange, fiber, provider } = yield* start(request ?? {}, script)
    yield* before
    exchange.gone = true
    yield* Fiber.interrupt(fiber)
    const { header } = yield* event
    assert.strictEqual(exchange.heads, 0)
    assert.strictEqual(header.outcome, "client_disconnected")
    assert.strictEqual(header.status, undefined)
    assert.strictEqual(header.errorType, undefined)
    return { header, sends: provider.sends }
  })

  it.effect("while it sends its body", () =>
    Effect.gen(function* () {
      const { header, sends } = yield* leaving({ body: "never" })
      assert.strictEqual(sends.length, 0)
      assert.strictEqual(header.api, "chat_completions")
      assert.strictEqual(header.subject, "user:alice")
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("before the provider's head", () =>
    Effect.gen(function* () {
      const { header, sends } = yield* leaving({ body: chat("a/m") })
      assert.isTrue(sends[0]?.interrupted)
      assert.strictEqual(header.attempts[0]?.outcome, "client_disconnected")
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("between the provider's head and its first byte", () =>
    Effect.gen(function* () {
      const { header, sends } = yield* leaving({ body: chat("a/m", { stream: true }) }, Effect.void, (send) => {
        send.head(200, SSE)
      })
      assert.isTrue(sends[0]?.interrupted)
      assert.strictEqual(header.attempts[0]?.status, 200)
      assert.isUndefined(header.stream)
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("in the middle of a whole answer", () =>
    Effect.gen(function* () {
      const { sends } = yield* leaving({ body: chat("a/m") }, Effect.void, (send) => {
        send.head(200).chunk("{")
      })
      assert.isTrue(sends[0]?.interrupted)
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("while the next attempt is waited for", () =>
    Effect.gen(function* () {
      const { header, sends } = yield* leaving(
        { body: chat("a/m"), headers: { "x-tfy-retry-config": '{"attempts":2,"delayMs":1000}' } },
        TestClock.adjust("500 millis"),
        answers(503)
      )
      assert.strictEqual(sends.length, 1)
      assert.deepInclude(header.attempts[0], { outcome: "failed", errorType: "503", end: T0 })
      assert.strictEqual(header.end, T0 + 500)
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("while a bound runs: the call ends with the request, and the timer with it", () =>
    Effect.gen(function* () {
      const { header, sends } = yield* leaving({
        body: chat("a/m", { stream: true }),
        headers: { "x-tfy-ttft-timeout-ms": "700", "x-tfy-request-timeout": "900" }
      })
      assert.isTrue(sends[0]?.interrupted)
      assert.strictEqual(header.attempts[0]?.outcome, "client_disconnected")
      yield* TestClock.adjust("1 minute")
      const captured = yield* Captured
      assert.strictEqual(yield* captured.left, 0)
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("before it has taken a whole answer", () =>
    Effect.gen(function* () {
      const { exchange, fiber, provider } = yield* start({ body: chat("a/m") }, silent)
      const send = yield* provider.next
      exchange.takes = false
      answers(200)(send)
      assert.strictEqual(exchange.heads, 1)
      exchange.gone = true
      yield* Fiber.interrupt(fiber)
      const { header } = yield* event
      assert.strictEqual(header.outcome, "client_disconnected")
      assert.strictEqual(header.status, 200)
      assert.strictEqual(header.attempts[0]?.outcome, "completed")
    }).pipe(Effect.provide(gatewayLayer()))
  )
})

describe("the program's end", () => {
  it.effect("before the head is a 503", () =>
    Effect.gen(function* () {
      const { exchange, fiber } = yield* start({ body: chat("a/m") }, silent)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(exchange.status, 503)
      assert.strictEqual(exchange.json.error.code, "gateway_shutdown")
      const { header } = yield* event
      assert.strictEqual(header.outcome, "shutdown")
      assert.strictEqual(header.status, 503)
    }).pipe(Effect.provide(gatewayLayer()))
  )
})
