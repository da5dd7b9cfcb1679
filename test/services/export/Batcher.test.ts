import { assert, describe, it } from "@effect/vitest"
import { resourceFromAttributes } from "@opentelemetry/resources"
import * as Schema from "effect/Schema"
import { batchOf, makeBatcher, recut } from "../../../src/services/export/Batcher.ts"
import type { EncodedSpans, SpanBatch } from "../../../src/services/export/TraceSink.ts"

const part = (spans: number, bytes: number): EncodedSpans => ({
  spanCount: spans,
  spans: () => [],
  bytes: new Uint8Array(bytes)
})

const batchAll = (parts: ReadonlyArray<EncodedSpans>, maxBytes: number, maxSpans: number) => {
  const batcher = makeBatcher<EncodedSpans>(() => ({ maxBytes, maxSpans }))
  return [...parts.map(batcher.add), batcher.flush()].filter((batch) => batch !== undefined)
}

const shape = (batches: ReadonlyArray<SpanBatch>) => batches.map((batch) => [batch.spanCount, batch.byteLength])

const count = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 12 }))
const parts = Schema.Array(Schema.Tuple([count, count])).check(Schema.isMaxLength(30))
const limit = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 20 }))

describe("Batcher", () => {
  it("cuts before the limit in bytes", () => {
    assert.deepStrictEqual(shape(batchAll([part(1, 40), part(1, 60), part(1, 1)], 100, 10)), [
      [2, 100],
      [1, 1]
    ])
  })

  it("counts what a sender adds once in each batch", () => {
    const from = (bytes: number) => ({ resource: resourceFromAttributes({}), bytes })
    const [a, b] = [from(10), from(20)]
    const parts = [a, b, a, b].map((sender) => ({ ...part(1, 30), sender }))
    assert.deepStrictEqual(shape(batchAll(parts, 120, 10)), [
      [3, 120],
      [1, 50]
    ])
    assert.strictEqual(batchOf(parts).byteLength, 150)
  })

  it("cuts before the limit in spans", () => {
    assert.deepStrictEqual(shape(batchAll([part(3, 1), part(3, 1), part(3, 1)], 100, 6)), [
      [6, 2],
      [3, 1]
    ])
  })

  it("lets a part over the limit go alone", () => {
    assert.deepStrictEqual(shape(batchAll([part(1, 10), part(1, 500), part(1, 10)], 100, 10)), [
      [1, 10],
      [1, 500],
      [1, 10]
    ])
  })

  it("asks for the limits at every part", () => {
    let maxBytes = 100
    const batcher = makeBatcher<EncodedSpans>(() => ({ maxBytes, maxSpans: 10 }))
    assert.isUndefined(batcher.add(part(1, 60)))
    maxBytes = 70
    assert.strictEqual(batcher.add(part(1, 20))?.byteLength, 60)
  })

  it("has nothing to flush when nothing came", () => {
    assert.isUndefined(makeBatcher<EncodedSpans>(() => ({ maxBytes: 1, maxSpans: 1 })).flush())
  })

  it.prop(
    "keeps every part in its order, and every batch under the limits unless one part breaks them",
    { sizes: parts, maxBytes: limit, maxSpans: limit },
    ({ maxBytes, maxSpans, sizes }) => {
      const all = sizes.map(([spans, bytes]) => part(spans, bytes))
      const batches = batchAll(all, maxBytes, maxSpans)
      assert.deepStrictEqual(
        batches.flatMap((batch) => batch.parts),
        all
      )
      for (const batch of batches) {
        assert.strictEqual(
          batch.spanCount,
          batch.parts.reduce((sum, one) => sum + one.spanCount, 0)
        )
        assert.strictEqual(
          batch.byteLength,
          batch.parts.reduce((sum, one) => sum + one.bytes.length, 0)
        )
        const loaded = batch.parts.filter((one) => one.spanCount > 0)
        assert.isTrue((batch.byteLength <= maxBytes && batch.spanCount <= maxSpans) || loaded.length <= 1)
      }
    }
  )

  it.prop("cuts a batch again without losing or mixing its parts", { sizes: parts, maxBytes: limit }, (input) => {
    const [whole] = batchAll(
      input.sizes.map(([spans, bytes]) => part(spans, bytes)),
      10_000,
      10_000
    )
    if (whole === undefined) return
    const again = recut(whole, { maxBytes: input.maxBytes, maxSpans: 10_000 })
    assert.deepStrictEqual(
      again.flatMap((batch) => batch.parts),
      whole.parts
    )
  })
})
