import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { FakeMiddleware } from "../../../src/layers/fake/FakeMiddleware.ts"
import { decodeResponseOfficially } from "./middleware/officialProtobuf.ts"
import { fresh, json, proto, requestOf, send } from "./middlewareCalls.ts"

describe("FakeMiddleware's script", () => {
  it.effect("plays the script in order, then goes back to 200", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      middleware.script([
        { status: 503, headers: { "retry-after": "7" } },
        { status: 429, body: "slow down" },
        { partialSuccess: { rejectedSpans: 2, errorMessage: "too old" } },
        { status: 302, headers: { location: "http://elsewhere/" } }
      ])
      const call = proto(requestOf(3))
      const unavailable = yield* send(call)
      assert.deepStrictEqual([unavailable.status, unavailable.headers["retry-after"]], [503, "7"])
      const throttled = yield* send(call)
      assert.deepStrictEqual([throttled.status, throttled.text], [429, "slow down"])
      assert.strictEqual(middleware.stats().received, 0)
      const partial = yield* send(call)
      assert.strictEqual(partial.status, 200)
      assert.deepStrictEqual(decodeResponseOfficially(partial.body), {
        partialSuccess: { rejectedSpans: "2", errorMessage: "too old" }
      })
      assert.deepStrictEqual(
        middleware.spans().map(({ span }) => span.name),
        ["span 0"]
      )
      assert.strictEqual((yield* send(call)).status, 302)
      assert.strictEqual((yield* send(call)).status, 200)
      assert.deepStrictEqual(
        middleware.requests().map((request) => [request.status, request.accepted]),
        [
          [503, false],
          [429, false],
          [200, true],
          [302, false],
          [200, true]
        ]
      )
    }).pipe(Effect.provide(fresh))
  )

  it.effect("says a partial success in JSON as well", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      middleware.script([{ partialSuccess: { rejectedSpans: 1 } }])
      const answer = yield* send(json(requestOf(1)))
      assert.deepStrictEqual(JSON.parse(answer.text), { partialSuccess: { rejectedSpans: "1", errorMessage: "" } })
    }).pipe(Effect.provide(fresh))
  )

  it.effect("stays down for as long as it is told to", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      middleware.always({ status: 503 })
      const call = proto(requestOf(1))
      for (let i = 0; i < 3; i++) assert.strictEqual((yield* send(call)).status, 503)
      middleware.always({})
      assert.strictEqual((yield* send(call)).status, 200)
    }).pipe(Effect.provide(fresh))
  )

  it.effect("resets before the head and inside the body; an acknowledgement can be lost", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      middleware.script([
        { reset: "before-head" },
        { reset: "mid-body", body: "0123456789" },
        { reset: "before-head", accept: true }
      ])
      const call = proto(requestOf(2))
      const before = yield* send(call)
      assert.deepStrictEqual([before.status, before.broken], [0, "ECONNRESET"])
      const inside = yield* send(call)
      assert.deepStrictEqual([inside.status, inside.broken], [200, "ECONNRESET"])
      assert.strictEqual(middleware.stats().received, 0)
      yield* send(call)
      assert.strictEqual((yield* send(call)).status, 200)
      const { received, held, duplicates, conflicts } = middleware.stats()
      assert.deepStrictEqual(
        { received, held, duplicates, conflicts },
        { received: 4, held: 2, duplicates: 2, conflicts: 0 }
      )
    }).pipe(Effect.provide(fresh))
  )

  it.effect("hangs until the client gives up, and sees it go", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      middleware.script([{ hang: true }])
      const client = yield* Effect.forkChild(send(proto(requestOf(1))))
      const [request] = yield* middleware.untilRequests(1)
      assert.strictEqual(request?.status, undefined)
      yield* Fiber.interrupt(client)
      assert.strictEqual(yield* request?.answered ?? Effect.succeed(true), false)
    }).pipe(Effect.provide(fresh))
  )

  it.effect("answers late, and drop by drop", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      middleware.script([{ delayMs: 30, dripMs: 1, body: "drops" }])
      const before = performance.now()
      const answer = yield* send(proto(requestOf(1)))
      assert.isAtLeast(performance.now() - before, 29)
      assert.deepStrictEqual([answer.text, answer.chunks.length], ["drops", 5])
      const [request] = middleware.requests()
      assert.strictEqual(yield* request?.answered ?? Effect.succeed(false), true)
    }).pipe(Effect.provide(fresh))
  )
})
