import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { Captured, chat, gatewayLayer, T0 } from "./harness.ts"
import { DONE, delta, SSE, silent } from "./scripts.ts"
import { serve, start } from "./serve.ts"

const STREAM = { body: chat("a/m", { stream: true }) }

/** A stream whose first chunk has gone to the client. */
const streaming = Effect.fnUntraced(function* () {
  const { exchange, fiber, provider } = yield* start(STREAM, silent)
  const send = yield* provider.next
  send.head(200, SSE).chunk(delta("Hi"))
  return { exchange, fiber, send }
})

const leave = Effect.fnUntraced(function* ({ exchange, fiber }: Effect.Success<ReturnType<typeof streaming>>) {
  exchange.gone = true
  yield* Fiber.interrupt(fiber)
  const captured = yield* Captured
  const { header } = yield* captured.next
  assert.strictEqual(yield* captured.left, 0)
  return header
})

describe("a stream", () => {
  it.effect("stops the provider while the client is behind, once, and goes on when it has caught up", () =>
    Effect.gen(function* () {
      const { exchange, fiber, send } = yield* streaming()
      assert.strictEqual(send.pauses, 0)
      exchange.takes = false
      send.chunk(delta("one"))
      // What was read already may still come.
      send.chunk(delta("two"))
      send.chunk(delta("three"))
      assert.deepStrictEqual([send.pauses, exchange.drains.length], [1, 1])
      exchange.takes = true
      exchange.drain()
      assert.strictEqual(send.resumes, 1)
      exchange.takes = false
      send.chunk(delta("four"))
      assert.deepStrictEqual([send.pauses, exchange.drains.length], [2, 1])
      exchange.takes = true
      exchange.drain()
      send.chunk(DONE).end()
      yield* Fiber.join(fiber)
      for (const word of ["one", "two", "three", "four"]) assert.include(exchange.text, word)
      assert.deepStrictEqual([send.pauses, send.resumes], [2, 2])
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("sends its head with the first byte, not before", () =>
    Effect.gen(function* () {
      const { exchange, fiber, provider } = yield* start(STREAM, silent)
      const send = yield* provider.next
      send.head(200, SSE)
      assert.strictEqual(exchange.heads, 0)
      send.chunk(": ping\n\n")
      assert.strictEqual(exchange.heads, 1)
      send.chunk(DONE).end()
      yield* Fiber.join(fiber)
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("whose client leaves after the final event is complete, although its end never came", () =>
    Effect.gen(function* () {
      const under = yield* streaming()
      under.send.chunk(DONE)
      yield* TestClock.adjust("3 seconds")
      const header = yield* leave(under)
      assert.isTrue(under.send.interrupted)
      assert.strictEqual(header.outcome, "completed")
      assert.deepInclude(header.stream, { done: true, outcome: "completed", end: T0 + 3000 })
      assert.deepInclude(header.attempts[0], { outcome: "completed", end: T0 + 3000 })
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("whose client leaves before it has taken the final event is not", () =>
    Effect.gen(function* () {
      const under = yield* streaming()
      under.exchange.takes = false
      under.send.chunk(DONE)
      const header = yield* leave(under)
      assert.strictEqual(header.outcome, "client_disconnected")
      assert.strictEqual(header.attempts[0]?.outcome, "client_disconnected")
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("whose client leaves in the middle", () =>
    Effect.gen(function* () {
      const under = yield* streaming()
      const header = yield* leave(under)
      assert.isTrue(under.send.interrupted)
      assert.strictEqual(header.outcome, "client_disconnected")
      assert.strictEqual(header.errorType, undefined)
      assert.strictEqual(header.status, 200)
      assert.deepInclude(header.stream, { done: false, outcome: "client_disconnected", chunks: 1 })
      assert.deepInclude(header.attempts[0], { outcome: "client_disconnected", status: 200 })
      assert.strictEqual(header.attempts[0]?.errorType, undefined)
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("whose client leaves over a fault that it was told of has failed", () =>
    Effect.gen(function* () {
      const under = yield* streaming()
      under.exchange.takes = false
      under.send.fail("connection_reset")
      const header = yield* leave(under)
      assert.strictEqual(header.outcome, "failed")
      assert.strictEqual(header.errorType, "stream_interrupted")
      assert.strictEqual(header.stream?.outcome, "failed")
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("that breaks behind its final event is whole all the same", () =>
    Effect.gen(function* () {
      const { exchange, header } = yield* serve(STREAM, (send) =>
        send.head(200, SSE).chunk(delta("Hi")).chunk(DONE).fail("connection_reset")
      )
      assert.match(exchange.text, /data: \[DONE\]\n\n$/)
      assert.strictEqual(header.outcome, "completed")
      assert.strictEqual(header.errorType, undefined)
      assert.strictEqual(header.attempts[0]?.outcome, "completed")
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("that says an error and then breaks tells the client once", () =>
    Effect.gen(function* () {
      const { exchange, header } = yield* serve(STREAM, (send) =>
        send
          .head(200, SSE)
          .chunk(delta("Hi"))
          .chunk('data: {"error":{"message":"overloaded","type":"overloaded_error","code":null}}\n\n')
          .fail("connection_reset")
      )
      assert.strictEqual(exchange.text.match(/"error"/g)?.length, 1)
      assert.strictEqual(header.errorType, "overloaded_error")
      assert.strictEqual(header.stream?.errorType, "overloaded_error")
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("ends when its last byte has left, and not before", () =>
    Effect.gen(function* () {
      const under = yield* streaming()
      under.exchange.takes = false
      yield* TestClock.adjust("1 second")
      under.send.chunk(DONE).end()
      const captured = yield* Captured
      assert.strictEqual(yield* captured.left, 0, "the trace waits for the client")
      yield* TestClock.adjust("2 seconds")
      const header = yield* leave(under)
      assert.strictEqual(header.attempts[0]?.end, T0 + 1000)
      assert.strictEqual(header.stream?.end, T0 + 3000)
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("cut by the program's end is told so, and traced as shutdown", () =>
    Effect.gen(function* () {
      const { exchange, fiber } = yield* streaming()
      yield* Fiber.interrupt(fiber)
      assert.include(exchange.text, "shutting down")
      const captured = yield* Captured
      const { header } = yield* captured.next
      assert.strictEqual(header.outcome, "shutdown")
      assert.strictEqual(header.errorType, "gateway_shutdown")
      assert.strictEqual(header.stream?.outcome, "shutdown")
    }).pipe(Effect.provide(gatewayLayer()))
  )
})
