import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { FakeProvider } from "../../../src/layers/fake/FakeProvider.ts"
import { chat, events, post, user } from "./providerCalls.ts"

describe("FakeProvider, seen from a test", () => {
  it.effect("remembers what reached it", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const waiting = yield* Effect.forkChild(provider.untilRequests(2))
      yield* post("/v1/chat/completions?x=1", { model: "m", messages: [user("a")] }, { traceparent: "00-x" })
      assert.isUndefined(waiting.pollUnsafe())
      yield* chat("b")
      const [first, second] = yield* Fiber.join(waiting)
      assert.deepStrictEqual(
        [first?.method, first?.path, first?.headers["traceparent"]],
        ["POST", "/v1/chat/completions?x=1", "00-x"]
      )
      assert.deepStrictEqual(second?.json, { model: "m", messages: [user("b")] })
      assert.strictEqual(yield* first?.ended ?? Effect.succeed("broken_off"), "answered")
      provider.clear()
      assert.deepStrictEqual(provider.requests(), [])
    }).pipe(Effect.provide(FakeProvider.layer()))
  )

  it.effect("remembers the newest requests only, but counts them all", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      for (let i = 1; i <= 9; i++) yield* chat(String(i))
      assert.deepStrictEqual(
        provider.requests().map((request) => request.number),
        [7, 8, 9]
      )
      assert.strictEqual(provider.requestCount(), 9)
    }).pipe(Effect.provide(FakeProvider.layer({ keep: 3 })))
  )

  it.effect("sees a client close in the middle of a stream, and stops", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const client = yield* Effect.forkChild(chat("x", { stream: true }))
      const [request] = yield* provider.untilRequests(1)
      if (request === undefined) return assert.fail("no request")
      yield* request.sent(2)
      yield* Fiber.interrupt(client)
      assert.strictEqual(yield* request.ended, "closed_by_client")
      assert.isBelow(request.tokensSent, 1000)
      yield* provider.untilConnections(0)
    }).pipe(Effect.provide(FakeProvider.layer({ style: { chunks: 1000, tokenMs: 1 } })))
  )

  it.effect("sends so many chunks at such a pace", () =>
    Effect.gen(function* () {
      const start = performance.now()
      const stream = yield* chat("x", { stream: true })
      assert.isAtLeast(performance.now() - start, 5 + 19 * 2 - 1)
      const pieces = events(stream.text).flatMap((chunk) => chunk.choices[0]?.delta.content || [])
      assert.strictEqual(pieces.length, 20)
    }).pipe(Effect.provide(FakeProvider.layer({ style: { chunks: 20, firstTokenMs: 5, tokenMs: 2 } })))
  )

  it.effect("as the demo account, is friendly and unhurried", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      provider.script.style({ firstTokenMs: 0, tokenMs: 0 })
      const stream = events((yield* chat("Hello!", { stream: true })).text)
      const text = stream.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")
      assert.match(text, /^You said: “Hello!” Nice to meet you!/)
      assert.isAbove(stream.length, 40)
      assert.deepStrictEqual(provider.requests(), [])
    }).pipe(Effect.provide(FakeProvider.demo))
  )
})
