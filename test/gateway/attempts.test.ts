import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { call } from "./client.ts"
import { Captured, gatewayLayer } from "./harness.ts"

const outcomes = (attempts: ReadonlyArray<{ target: string; outcome: string; resend: number; fallback: boolean }>) =>
  attempts.map(
    ({ target, outcome, resend, fallback }) => `${target} ${outcome} ${resend}${fallback ? " fallback" : ""}`
  )

describe("attempts", () => {
  it.effect("retries on the same target after its delay, then falls back to the next", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const captured = yield* Captured
      const asking = yield* Effect.forkChild(call("prod/chat"))
      yield* provider.untilRequests(1)
      yield* Effect.raceFirst(Effect.forever(TestClock.adjust("100 millis")), provider.untilRequests(3))
      const answer = yield* Fiber.join(asking)
      assert.strictEqual(answer.status, 200)
      assert.strictEqual(answer.headers.get("x-tfy-resolved-model"), "openai/echo")
      const { header } = yield* captured.next
      assert.deepStrictEqual(outcomes(header.attempts), [
        "openai/down failed 0",
        "openai/down failed 1",
        "openai/echo completed 0 fallback"
      ])
      assert.deepStrictEqual(
        header.attempts.map((attempt) => attempt.errorType),
        ["503", "503", undefined]
      )
      assert.strictEqual(header.errorType, undefined)
      assert.strictEqual(header.status, 200)
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("falls back from a dead host to another dialect", () =>
    Effect.gen(function* () {
      const captured = yield* Captured
      const answer = yield* call("prod/network")
      assert.strictEqual(answer.status, 200)
      assert.strictEqual(answer.json.object, "chat.completion")
      assert.include(answer.json.choices[0].message.content, "Hello")
      const { header } = yield* captured.next
      assert.deepStrictEqual(outcomes(header.attempts), ["dead/m failed 0", "claude/sonnet completed 0 fallback"])
      assert.strictEqual(header.attempts[0]?.errorType, "connection_refused")
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("moves an unhealthy target last", () =>
    Effect.gen(function* () {
      const captured = yield* Captured
      yield* call("prod/network")
      yield* call("prod/network")
      yield* call("prod/network")
      yield* captured.next
      yield* captured.next
      const { header } = yield* captured.next
      assert.deepStrictEqual(outcomes(header.attempts), ["claude/sonnet completed 0"])
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("gives a provider's error with its status and the client's envelope, and rate-limit headers", () =>
    Effect.gen(function* () {
      const captured = yield* Captured
      const limited = yield* call("openai/limited")
      assert.strictEqual(limited.status, 429)
      assert.strictEqual(limited.headers.get("retry-after"), "1")
      assert.isString(limited.json.error.message)
      const overloaded = yield* call("claude/overloaded")
      assert.strictEqual(overloaded.status, 529)
      assert.isString(overloaded.json.error.message)
      assert.isUndefined(overloaded.json.type)
      const { header } = yield* captured.next
      assert.strictEqual(header.errorType, "provider_429")
      assert.isString(header.attempts[0]?.errorBody)
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("does as x-tfy-retry-config says", () =>
    Effect.gen(function* () {
      const captured = yield* Captured
      const answer = yield* call("openai/bad", {
        headers: { "x-tfy-retry-config": '{"attempts":2,"delayMs":0,"onStatusCodes":[400]}' }
      })
      assert.strictEqual(answer.status, 400)
      assert.strictEqual((yield* captured.next).header.attempts.length, 3)
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("names what broke when there was no answer", () =>
    Effect.gen(function* () {
      const broken = yield* call("openai/broken")
      assert.strictEqual(broken.status, 502)
      assert.strictEqual(broken.json.error.code, "provider_connection_reset")
      const dead = yield* call("dead/m")
      assert.strictEqual(dead.status, 502)
      assert.strictEqual(dead.json.error.code, "provider_unreachable")
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("ends an attempt at its timeout, and the provider sees the connection close", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const captured = yield* Captured
      const asking = yield* Effect.forkChild(call("openai/hang", { headers: { "x-tfy-request-timeout": "1500" } }))
      const [request] = yield* provider.untilRequests(1)
      yield* TestClock.adjust("1500 millis")
      const answer = yield* Fiber.join(asking)
      assert.strictEqual(answer.status, 504)
      assert.strictEqual(answer.json.error.code, "provider_timeout")
      assert.strictEqual(yield* request?.ended ?? Effect.die("no request"), "closed_by_client")
      const { header } = yield* captured.next
      assert.strictEqual(header.attempts[0]?.errorType, "timeout")
    }).pipe(Effect.provide(gatewayLayer()))
  )

  for (const [fault, code] of [
    ["invalid-json", "provider_malformed_response"],
    ["reset-mid-body", "provider_connection_reset"],
    ["empty", "provider_malformed_response"]
  ] as const) {
    it.effect(`an answer that is ${fault} is a 502 ${code}`, () =>
      Effect.gen(function* () {
        const provider = yield* FakeProvider
        provider.script.next(fault)
        const answer = yield* call("claude/sonnet")
        assert.strictEqual(answer.status, 502)
        assert.strictEqual(answer.json.error.code, code)
      }).pipe(Effect.provide(gatewayLayer()))
    )
  }
})
