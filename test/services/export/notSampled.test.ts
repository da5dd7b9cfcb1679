import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import { encodeFrame } from "../../../src/services/trace/frame.ts"
import type { CapturedEvent } from "../../../src/services/trace/SpanPublisher.ts"
import { assertBalanced, destination, exporting, Harness, ledgerOf, publish, untilEmpty } from "./harness.ts"
import { captured, SPANS_PER_EVENT } from "./traceEvents.ts"

/** A request whose caller did, or did not, sample its trace. */
const called = (index: number, sampled: boolean): CapturedEvent => {
  const event = captured(index)
  return { ...event, header: { ...event.header, parentSpanId: "00f067aa0ba902b7", flags: sampled ? 1 : 0 } }
}

const respecting = destination("quiet", { sampling: { parent: "respect", unsampledRate: 0, remoteParent: "parent" } })
const everything = destination("all")

describe("a destination that respects its callers' sampling", () => {
  it.effect("gets what they sampled; the rest is dropped by name, and by nobody else", () =>
    Effect.gen(function* () {
      const lines: Array<unknown> = []
      const log = Logger.layer([Logger.make(({ message }) => lines.push(message))])
      yield* Effect.gen(function* () {
        yield* publish(encodeFrame([called(1, true), called(2, false), captured(3), called(4, false)]))
        yield* publish(encodeFrame([called(5, false)]))
        const quiet = ledgerOf(yield* untilEmpty("quiet"))
        const all = ledgerOf(yield* untilEmpty("all"))
        assertBalanced(quiet)
        assert.strictEqual(quiet.delivered, 2 * SPANS_PER_EVENT)
        assert.deepStrictEqual(quiet.dropped, { not_sampled: 3 * SPANS_PER_EVENT })
        assert.strictEqual(all.delivered, 5 * SPANS_PER_EVENT)
        assert.deepStrictEqual(all.dropped, {})
        // It is what the operator asked for, nothing to be warned of.
        assert.deepStrictEqual(lines, [])
      }).pipe(Effect.provide(exporting(respecting, everything)), Effect.provide(log))
    })
  )

  const sampled = Schema.Array(Schema.Array(Schema.Boolean).check(Schema.isBetweenLength(1, 5))).check(
    Schema.isBetweenLength(1, 5)
  )
  it.effect.prop("has an account that balances whatever they sample", { sampled }, ({ sampled }) =>
    Effect.gen(function* () {
      const harness = yield* Harness
      let index = 0
      for (const frame of sampled) yield* publish(encodeFrame(frame.map((flag) => called(++index, flag))))
      const ledger = ledgerOf(yield* untilEmpty("quiet"))
      assertBalanced(ledger)
      const kept = sampled.flat().filter(Boolean).length
      assert.strictEqual(ledger.delivered, kept * SPANS_PER_EVENT)
      assert.strictEqual(ledger.dropped["not_sampled"] ?? 0, (index - kept) * SPANS_PER_EVENT)
      assert.strictEqual(new Set(harness.sends().flatMap(({ spanIds }) => spanIds)).size, kept * SPANS_PER_EVENT)
    }).pipe(Effect.provide(exporting(respecting), { local: true }))
  )
})
