import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { Gateway } from "../../../src/services/gateway/Gateway.ts"
import { FakeExchange, type FakeRequest } from "./FakeExchange.ts"
import { Captured, Provider } from "./harness.ts"
import type { Script } from "./scripts.ts"

/** A request under way. */
export const start = Effect.fnUntraced(function* (request: FakeRequest, ...scripts: ReadonlyArray<Script>) {
  const provider = yield* Provider
  provider.script(...scripts)
  const exchange = new FakeExchange(request)
  const gateway = yield* Gateway
  const fiber = yield* Effect.forkChild(gateway.handle(exchange), { startImmediately: true })
  return { exchange, fiber, provider }
})

/** A request to its end, with time passing as it must: one answer, one trace. */
export const serve = Effect.fnUntraced(function* (request: FakeRequest, ...scripts: ReadonlyArray<Script>) {
  const { exchange, fiber, provider } = yield* start(request, ...scripts)
  yield* Effect.raceFirst(Fiber.join(fiber), Effect.forever(TestClock.adjust("50 millis")))
  const captured = yield* Captured
  const event = yield* captured.next
  assert.strictEqual(yield* captured.left, 0, "one trace")
  assert.strictEqual(exchange.heads, 1, "one answer")
  assert.strictEqual(exchange.ended, 1, "one end")
  return { exchange, event, header: event.header, sends: provider.sends }
})
