import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { FakeMiddleware } from "../../../src/layers/fake/FakeMiddleware.ts"
import type { Completed } from "../../e2e/kit/Load.ts"
import { assertBalanced, type Ledger, metricsOf } from "../../e2e/kit/metrics.ts"
import { assertRepeatsAgree } from "../../e2e/kit/traces.ts"

export const spansOf = (completed: ReadonlyArray<Completed>): number =>
  completed.reduce((sum, { stream }) => sum + (stream ? 5 : 4), 0)

/** Waits until a destination's ledger, as an exporter shows it, is settled, and this is so many spans or more. */
export const untilSettled = (exporter: string, spans: number, destination = "middleware") =>
  Effect.gen(function* () {
    let last: Ledger | undefined
    const read = Effect.map(metricsOf(exporter), ({ ledger }) => {
      last = ledger(destination)
      return last
    })
    const settled = yield* Effect.repeat(read, {
      schedule: Schedule.spaced("100 millis"),
      until: ({ captured, queued }) => queued === 0 && captured >= spans
    }).pipe(
      Effect.timeoutOrElse({
        duration: "60 seconds",
        orElse: () => Effect.die(new Error(`${spans} spans were not settled: ${JSON.stringify(last)}`))
      })
    )
    assertBalanced(settled)
    return settled
  })

/** Every request's trace is at the destination, whole, and what came twice came the same. */
export const assertDelivered = Effect.fnUntraced(function* (completed: ReadonlyArray<Completed>) {
  const middleware = yield* FakeMiddleware
  for (const { stream, traceId } of completed) {
    assert.strictEqual(middleware.trace(traceId).length, stream ? 5 : 4, `trace ${traceId}`)
  }
  assertRepeatsAgree(middleware.payloads())
})
