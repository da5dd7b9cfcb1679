import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { backoffMillis, MAX_BACKOFF_MS, retrySender } from "../../../src/services/export/retrySender.ts"
import { type Attempt, Permanent, Retryable } from "../../../src/services/export/TraceSink.ts"
import { timeoutSender } from "../../../src/services/export/timeoutSender.ts"

/** Answers in turn, the last one for ever; remembers when it was asked. */
const scripted = (answers: ReadonlyArray<Attempt>) => {
  const times: Array<number> = []
  const attempt: Attempt = Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const answer = answers[Math.min(times.length, answers.length - 1)]!
    times.push(now)
    return answer
  })
  return { attempt, times, gaps: () => times.slice(1).map((at, index) => at - times[index]!) }
}

const fail = (retryAfterMs?: number): Attempt =>
  Effect.fail(new Retryable(retryAfterMs === undefined ? { reason: "http_503" } : { reason: "http_503", retryAfterMs }))
const accept: Attempt = Effect.succeed({ rejectedSpans: 0 })
const silent = () => Effect.void

describe("backoff", () => {
  it("starts at a second, grows by half, stops at thirty", () => {
    assert.deepStrictEqual(
      [0, 1, 2, 3].map((retry) => backoffMillis(retry, 0.5)),
      [1000, 1500, 2250, 3375]
    )
    assert.strictEqual(backoffMillis(1000, 0.5), MAX_BACKOFF_MS)
  })

  it.prop(
    "stays within a fifth of its mean",
    {
      retry: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2000 })),
      random: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 0.999 }))
    },
    ({ random, retry }) => {
      const mean = backoffMillis(retry, 0.5)
      const delay = backoffMillis(retry, random)
      assert.isTrue(delay >= mean * 0.8 - 1e-6 && delay <= mean * 1.2 + 1e-6)
    }
  )
})

describe("retrySender", () => {
  it.effect("sends once when that is enough", () =>
    Effect.gen(function* () {
      const server = scripted([Effect.succeed({ rejectedSpans: 2 })])
      assert.deepStrictEqual(yield* retrySender(server.attempt, silent), { rejectedSpans: 2 })
      assert.strictEqual(server.times.length, 1)
    })
  )

  it.effect("never repeats what was refused for good, neither at once nor after retries", () =>
    Effect.gen(function* () {
      const server = scripted([fail(), Effect.fail(new Permanent({ reason: "http_400" }))])
      const sending = yield* Effect.forkChild(Effect.flip(retrySender(server.attempt, silent)))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* Fiber.join(sending)).reason, "http_400")
      assert.strictEqual(server.times.length, 2)
    })
  )

  it.effect("waits longer each time, with jitter, and goes on for as long as it takes", () =>
    Effect.gen(function* () {
      const server = scripted([fail()])
      yield* Effect.forkChild(retrySender(server.attempt, silent))
      yield* TestClock.adjust("1 hour")
      const gaps = server.gaps()
      assert.isTrue(gaps.length > 100 && gaps.length < 160, `${gaps.length} resends in an hour`)
      assert.isTrue(gaps[0]! >= 800 && gaps[0]! <= 1200)
      assert.isTrue(gaps.every((gap) => gap >= 799 && gap <= 36_001))
      assert.isTrue(gaps.slice(12).every((gap) => gap >= 23_999))
      assert.isTrue(new Set(gaps.slice(12)).size > 20, "the pauses differ")
    })
  )

  it.effect("honours Retry-After as the least, and the backoff as the least too", () =>
    Effect.gen(function* () {
      const server = scripted([fail(60_000), fail(1), fail(3_600_000), accept])
      const sending = yield* Effect.forkChild(retrySender(server.attempt, silent))
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual(server.times.length, 1)
      yield* TestClock.adjust("2 hours")
      yield* Fiber.join(sending)
      const [first, second, third] = server.gaps()
      assert.strictEqual(first, 60_000)
      assert.isTrue(second! >= 1200 && second! <= 1800, "a server's millisecond does not shorten the backoff")
      assert.strictEqual(third, 3_600_000)
    })
  )

  it.effect("tells of every retry and its delay", () =>
    Effect.gen(function* () {
      const told: Array<readonly [string, number]> = []
      const sending = yield* Effect.forkChild(
        retrySender(scripted([fail(5000), accept]).attempt, (error, delayMs) =>
          Effect.sync(() => told.push([error.reason, delayMs]))
        )
      )
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(sending)
      assert.deepStrictEqual(told, [["http_503", 5000]])
    })
  )
})

describe("timeoutSender", () => {
  it.effect("turns a send without an end into one to repeat, and interrupts it", () =>
    Effect.gen(function* () {
      let interrupted = 0
      const hanging: Attempt = Effect.onInterrupt(Effect.never, () => Effect.sync(() => interrupted++))
      const sending = yield* Effect.forkChild(Effect.flip(timeoutSender(hanging, 10_000)))
      yield* TestClock.adjust("9 seconds")
      assert.strictEqual(interrupted, 0)
      yield* TestClock.adjust("1 second")
      const error = yield* Fiber.join(sending)
      assert.isTrue(error instanceof Retryable && error.reason === "timeout")
      assert.strictEqual(interrupted, 1)
    })
  )

  it.effect("leaves answers as they are", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* timeoutSender(accept, 10), { rejectedSpans: 0 })
      const refused = Effect.fail(new Permanent({ reason: "http_400" }))
      assert.strictEqual((yield* Effect.flip(timeoutSender(refused, 10))).reason, "http_400")
    })
  )
})
