import { isDeepStrictEqual } from "node:util"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { FakeMiddleware } from "../../../src/layers/fake/FakeMiddleware.ts"
import { assertConformant, type Span } from "../../conformance/assertConformant.ts"
import { type DecodedSpan, decodeRequest } from "../../conformance/decodeRequest.ts"

/** Everything that the fake Middleware was sent is as the span contract has it; each span came once. */
export const conformantSpans: Effect.Effect<ReadonlyArray<Span>, never, FakeMiddleware> = Effect.map(
  FakeMiddleware,
  (middleware) => assertConformant(middleware.payloads().map(decodeRequest))
)

const PATIENCE = "20 seconds"

/** Waits until every one of these traces has come; dies with how many have not. */
export const untilTraces = Effect.fnUntraced(function* (traceIds: ReadonlyArray<string>) {
  const middleware = yield* FakeMiddleware
  yield* Effect.forEach(traceIds, (traceId) => middleware.untilTrace(traceId), { discard: true }).pipe(
    Effect.timeoutOrElse({
      duration: PATIENCE,
      orElse: () => {
        const missing = traceIds.filter((traceId) => middleware.trace(traceId).length === 0)
        return Effect.die(new Error(`${missing.length} of ${traceIds.length} traces did not come: ${missing[0]}…`))
      }
    })
  )
})

/** What came more than once came the same each time. The resource may differ: another process sent it again. */
export const assertRepeatsAgree = (payloads: ReadonlyArray<Uint8Array>): void => {
  const seen = new Map<string, DecodedSpan>()
  for (const payload of payloads) {
    for (const resource of decodeRequest(payload).resourceSpans ?? []) {
      for (const span of resource.scopeSpans?.flatMap(({ spans }) => spans ?? []) ?? []) {
        const id = Buffer.concat([span.traceId ?? new Uint8Array(), span.spanId ?? new Uint8Array()]).toString("hex")
        const before = seen.get(id)
        if (before === undefined) seen.set(id, span)
        else assert.isTrue(isDeepStrictEqual(before, span), `span ${id} came again, and different`)
      }
    }
  }
}
