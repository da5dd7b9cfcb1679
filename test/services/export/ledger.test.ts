import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import {
  type Answer,
  assertAccountBalanced,
  assertBalanced,
  destination,
  dropsOf,
  Harness,
  ok,
  publish,
  settled,
  start,
  world
} from "./harness.ts"
import { corruptFrame, frameOf, frameWithBrokenEvent } from "./traceEvents.ts"

const small = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 }))

const answer = Schema.Union([
  Schema.Struct({ accept: Schema.Struct({ rejectedSpans: small }) }),
  Schema.Struct({ retry: Schema.Literals(["http_503", "timeout"]), afterMs: Schema.Literals([1, 500, 90_000]) }),
  Schema.Struct({ drop: Schema.Literals(["http_400", "http_413", "redirect", "response_too_large"]) }),
  Schema.Literals(["hang", "defect"])
])

const step = Schema.Union([
  Schema.Struct({ publish: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5 })) }),
  Schema.Struct({ broken: Schema.Literals([1, 2]) }),
  Schema.Struct({ corrupt: small }),
  Schema.Struct({ wait: Schema.Literals([0, 900, 20_000]) }),
  Schema.Literal("kill")
])

describe("the ledger", () => {
  it.effect.prop(
    "balances at every moment, and in the end nothing is missing, whatever is answered and whenever it is killed",
    {
      steps: Schema.Array(step).check(Schema.isMaxLength(8)),
      answers: Schema.Array(answer).check(Schema.isMaxLength(8)),
      maxBatchSpans: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 12 }))
    },
    ({ answers, maxBatchSpans, steps }) =>
      Effect.gen(function* () {
        const harness = yield* Harness
        harness.script("a", answers as ReadonlyArray<Answer>)
        let published = 0
        let next = 1
        let running = yield* start
        const ledger = Effect.gen(function* () {
          const [status] = yield* running.exporter.statuses
          const found = status?.ledger ?? assert.fail("no ledger")
          assertBalanced(found)
          assert.strictEqual(found.captured, published)
          return found
        })

        for (const one of steps) {
          if (one === "kill") {
            yield* running.kill
            running = yield* start
          } else if ("wait" in one) {
            yield* TestClock.adjust(one.wait)
          } else {
            const frame =
              "publish" in one
                ? frameOf(one.publish, next)
                : "broken" in one
                  ? frameWithBrokenEvent(2, one.broken, next)
                  : corruptFrame(one.corrupt)
            next += "publish" in one ? one.publish : "broken" in one ? 2 : 0
            published += frame.spans
            yield* publish(frame)
          }
          yield* settled
          yield* ledger
        }

        // A script has eight answers, so all of them have been given in eight rounds of its longest pause. None is a
        // refused key, which would wait for a new entry.
        harness.always("a", ok)
        for (let round = 0; round < 10; round++) {
          yield* TestClock.adjust("2 minutes")
          yield* settled
        }
        const end = yield* ledger
        assert.strictEqual(end.queued, 0)
        assert.strictEqual(end.delivered + end.rejected + end.deadLettered + dropsOf(end), published)
        const [status] = yield* running.exporter.statuses
        const buried = status?.deadLetters
        if (buried !== undefined) assertAccountBalanced(buried)
        // More where it was killed between the letter and the acknowledgement, and took the trace the second time.
        assert.isAtLeast(buried?.buriedSpans ?? 0, end.deadLettered)
        yield* running.kill
        assert.strictEqual(harness.openSinks(), 0)
      }).pipe(Effect.provide(world(destination("a", { maxBatchSpans })), { local: true })),
    { arbitrary: { runs: 60 } }
  )
})
