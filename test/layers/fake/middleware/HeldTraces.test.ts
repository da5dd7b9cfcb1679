import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { HeldTraces } from "../../../../src/layers/fake/middleware/HeldTraces.ts"
import {
  type ExportTraceServiceRequest,
  emptyResourceSpans,
  emptyScopeSpans
} from "../../../../src/layers/fake/middleware/OtlpTrace.ts"
import { heldSpan, SERVER } from "./spans.ts"

const request = (
  ...spans: ReadonlyArray<readonly [trace: string, id: string, ms?: number]>
): ExportTraceServiceRequest => ({
  resourceSpans: [
    {
      ...emptyResourceSpans(),
      scopeSpans: [
        {
          ...emptyScopeSpans(),
          spans: spans.map(([trace, id, ms]) => heldSpan({ trace, id, kind: SERVER, ms: ms ?? 1 }).span)
        }
      ]
    }
  ]
})

describe("HeldTraces", () => {
  it("counts a span that comes twice as a duplicate, and as a conflict when it has changed", () => {
    const held = new HeldTraces(100)
    held.add(request(["t", "a"], ["t", "b"]), 0)
    held.add(request(["t", "a"], ["t", "b", 2], ["u", "a"]), 0)
    assert.deepStrictEqual(held.counts, { received: 5, held: 3, traces: 2, duplicates: 2, conflicts: 1, evicted: 0 })
    assert.strictEqual(
      held.trace("t")[1]?.span.endTimeUnixNano,
      heldSpan({ trace: "", id: "", kind: 2, ms: 1 }).span.endTimeUnixNano
    )
  })

  it("does not take the rejected spans at the end", () => {
    const held = new HeldTraces(100)
    held.add(request(["t", "a"], ["t", "b"], ["t", "c"]), 2)
    assert.deepStrictEqual(
      held.trace("t").map(({ span }) => span.spanId),
      ["a"]
    )
  })

  it("lists the traces that came last first", () => {
    const held = new HeldTraces(100)
    held.add(request(["t", "a"], ["u", "a"], ["t", "b"], ["v", "a"]), 0)
    assert.deepStrictEqual(held.newest(2), ["v", "u"])
  })

  it("keeps the growing trace whole, even over its bound", () => {
    const held = new HeldTraces(2)
    held.add(request(["t", "a"], ["u", "a"], ["u", "b"], ["u", "c"]), 0)
    assert.deepStrictEqual([held.trace("t").length, held.trace("u").length, held.counts.evicted], [0, 3, 1])
  })

  it.prop(
    "holds no more than its bound, lets whole traces go, and loses count of none",
    {
      sizes: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5 }))).check(Schema.isMaxLength(20)),
      bound: Schema.Int.check(Schema.isBetween({ minimum: 5, maximum: 20 }))
    },
    ({ sizes, bound }) => {
      const held = new HeldTraces(bound)
      sizes.forEach((size, trace) => {
        held.add(request(...Array.from({ length: size }, (_, i) => [`t${trace}`, `s${i}`] as const)), 0)
      })
      const { counts } = held
      const sent = sizes.reduce((sum, size) => sum + size, 0)
      assert.isAtMost(counts.held, bound)
      assert.strictEqual(counts.received, sent)
      assert.strictEqual(counts.held + counts.evicted, sent)
      assert.strictEqual([...held.spans()].length, counts.held)
      for (const [trace, size] of sizes.entries()) assert.include([0, size], held.trace(`t${trace}`).length)
    }
  )
})
