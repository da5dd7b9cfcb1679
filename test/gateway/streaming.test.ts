import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { call } from "./client.ts"
import { Captured, gatewayLayer } from "./harness.ts"

const STREAM = { more: { stream: true } } as const

describe("streaming", () => {
  it.effect("forwards the stream and hides the usage that the client did not ask for, but not from the trace", () =>
    Effect.gen(function* () {
      const captured = yield* Captured
      const provider = yield* FakeProvider
      const answer = yield* call("openai/echo", STREAM)
      assert.strictEqual(answer.status, 200)
      assert.match(answer.headers.get("content-type") ?? "", /^text\/event-stream/)
      assert.match(answer.text, /data: \[DONE\]\n\n$/)
      assert.notInclude(answer.text, '"usage":{')
      const [request] = provider.requests()
      assert.deepInclude(request?.json, { model: "gpt-echo", stream_options: { include_usage: true } })
      const event = yield* captured.next
      assert.include(Buffer.from(event.response).toString(), '"usage":{')
      const { header } = event
      assert.isTrue(header.stream?.done)
      assert.strictEqual(header.outcome, "completed")
      assert.isAbove(header.stream?.chunks ?? 0, 0)
      assert.isAtLeast(header.attempts[0]?.firstByte ?? 0, header.attempts[0]?.start ?? 1)
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("shows the usage to a client that asked", () =>
    Effect.gen(function* () {
      const answer = yield* call("openai/echo", { more: { stream: true, stream_options: { include_usage: true } } })
      assert.include(answer.text, '"usage":{')
    }).pipe(Effect.provide(gatewayLayer()))
  )

  for (const fault of ["split-bytes", "split-utf8", "crlf", "comments", "no-usage"] as const) {
    it.effect(`${fault}: the client gets the same words`, () =>
      Effect.gen(function* () {
        const provider = yield* FakeProvider
        const content = (text: string) =>
          text
            .split(/\r?\n/)
            .filter((line) => line.startsWith("data: {"))
            .map((line) => JSON.parse(line.slice(6)).choices[0]?.delta?.content ?? "")
            .join("")
        const plain = yield* call("openai/echo", STREAM)
        provider.script.next(fault, fault)
        const faulty = yield* call("openai/echo", STREAM)
        assert.strictEqual(content(faulty.text), content(plain.text))
        const translated = yield* call("claude/sonnet", STREAM)
        assert.include(content(translated.text), "Hello")
      }).pipe(Effect.provide(gatewayLayer()))
    )
  }

  it.effect("a stream that breaks is told in the stream, traced as failed, and not tried again", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const captured = yield* Captured
      provider.script.next("reset-mid-body@2")
      const answer = yield* call("openai/echo", { ...STREAM, headers: { "x-tfy-retry-config": '{"attempts":3}' } })
      assert.strictEqual(answer.status, 200)
      assert.include(answer.text, '"error":{')
      assert.notInclude(answer.text, "[DONE]")
      const { header } = yield* captured.next
      assert.strictEqual(header.attempts.length, 1)
      assert.strictEqual(header.outcome, "failed")
      assert.strictEqual(header.stream?.errorType, "stream_interrupted")
      assert.strictEqual(header.status, 200)
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("a stream that breaks before its first byte is tried again", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const captured = yield* Captured
      provider.script.next("reset-before-head", "reset-mid-body@0")
      const answer = yield* call("openai/echo", {
        ...STREAM,
        headers: { "x-tfy-retry-config": '{"attempts":3,"delayMs":0}' }
      })
      assert.match(answer.text, /data: \[DONE\]\n\n$/)
      assert.strictEqual((yield* captured.next).header.attempts.length, 3)
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("an error event inside the stream reaches the client and the trace", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const captured = yield* Captured
      provider.script.next("error-event@2", "error-event@2")
      const answer = yield* call("openai/echo", STREAM)
      assert.include(answer.text, '"error"')
      const first = (yield* captured.next).header
      assert.strictEqual(first.outcome, "failed")
      assert.isString(first.attempts[0]?.errorType)
      yield* call("claude/sonnet", STREAM)
      assert.strictEqual((yield* captured.next).header.outcome, "failed")
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("a stream without its final event is told apart from a whole one", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const captured = yield* Captured
      provider.script.next("end-mid-body@2", "no-done")
      yield* call("openai/echo", STREAM)
      const { header } = yield* captured.next
      assert.strictEqual(header.stream?.done, false)
      assert.strictEqual(header.stream?.errorType, "stream_interrupted")
      // Many providers leave [DONE] out: an answer with its finish reason is whole.
      yield* call("openai/echo", STREAM)
      assert.strictEqual((yield* captured.next).header.stream?.done, true)
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("a first token that comes too late moves on", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const captured = yield* Captured
      const asking = yield* Effect.forkChild(
        call("openai/hang", { ...STREAM, headers: { "x-tfy-ttft-timeout-ms": "700" } })
      )
      yield* provider.untilRequests(1)
      yield* TestClock.adjust("700 millis")
      const answer = yield* Fiber.join(asking)
      assert.strictEqual(answer.status, 504)
      assert.strictEqual(answer.json.error.code, "time_to_first_token_timeout")
      assert.strictEqual((yield* captured.next).header.attempts[0]?.errorType, "time_to_first_token_timeout")
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("a caller that leaves mid-stream: the provider's call is destroyed, the trace says so", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const captured = yield* Captured
      provider.script.next("hang-mid-body@3")
      const abort = new AbortController()
      const asking = yield* Effect.forkChild(Effect.exit(call("openai/echo", { ...STREAM, signal: abort.signal })))
      const [request] = yield* provider.untilRequests(1)
      yield* request?.sent(3) ?? Effect.die("no request")
      abort.abort()
      assert.strictEqual(yield* request?.ended ?? Effect.die("no request"), "closed_by_client")
      yield* Fiber.join(asking)
      const { header } = yield* captured.next
      assert.strictEqual(header.outcome, "client_disconnected")
      assert.strictEqual(header.attempts[0]?.outcome, "client_disconnected")
      assert.strictEqual(header.attempts[0]?.errorType, undefined)
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("a caller that leaves before the head", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const captured = yield* Captured
      const abort = new AbortController()
      const asking = yield* Effect.forkChild(Effect.exit(call("openai/hang", { signal: abort.signal })))
      const [request] = yield* provider.untilRequests(1)
      abort.abort()
      assert.strictEqual(yield* request?.ended ?? Effect.die("no request"), "closed_by_client")
      yield* Fiber.join(asking)
      const { header } = yield* captured.next
      assert.strictEqual(header.outcome, "client_disconnected")
      assert.strictEqual(header.status, undefined)
    }).pipe(Effect.provide(gatewayLayer()))
  )

  it.effect("a stream that outlives the shutdown's deadline is told so, and traced", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(gatewayLayer(undefined, 500), scope)
      const provider = Context.get(context, FakeProvider)
      const captured = Context.get(context, Captured)
      provider.script.next("hang-mid-body@1")
      const asking = yield* Effect.forkChild(Effect.provide(call("openai/echo", STREAM), context))
      const [request] = yield* provider.untilRequests(1)
      yield* request?.sent(1) ?? Effect.die("no request")
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* Effect.raceFirst(Effect.forever(TestClock.adjust("100 millis")), Fiber.join(closing))
      const answer = yield* Fiber.join(asking)
      assert.include(answer.text, '"error":{')
      const { header } = yield* captured.next
      assert.strictEqual(header.outcome, "shutdown")
    })
  )
})
