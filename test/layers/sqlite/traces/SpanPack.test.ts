import { isDeepStrictEqual as equal } from "node:util"
import { zstdCompressSync } from "node:zlib"
import { assert, it } from "@effect/vitest"
import { SpanPack, unpackSpans } from "../../../../src/layers/sqlite/traces/SpanPack.ts"
import { storedTrace } from "../../../../src/services/store/storedTrace.ts"
import { sample } from "../../../contracts/storedTraces.ts"
import { anyEvent } from "../../../services/trace/eventArbitrary.ts"

it.prop(
  "spans of any event come back as they were, whatever is packed beside them",
  { event: anyEvent },
  ({ event }) => {
    const { spans } = storedTrace(event)
    const pack = new SpanPack()
    pack.add(sample(0).spans)
    const at = pack.add(spans)
    pack.add(sample(1).spans)
    const bytes = pack.toBytes()
    assert.deepStrictEqual(unpackSpans(bytes, at, spans.length), spans)
    assert.deepStrictEqual(unpackSpans(bytes, 0, 2), sample(0).spans)
  }
)

const text = Array.from({ length: 500 }, (_, at) => Math.imul(at + 1, 0x9e3779b1).toString(36)).join(" ")

it("packs of every size come out whole, in more pieces where they have to", () => {
  const [root] = sample(0).spans
  assert.isDefined(root)
  for (const size of [0, 1, 40, 200, 300, 60_000, 70_000, 1_000_000, 20_000_000]) {
    const spans = size === 0 ? [] : [{ ...root, name: "n".repeat(size) }]
    const pack = new SpanPack()
    pack.add(spans)
    assert.isTrue(equal(unpackSpans(pack.toBytes(), 0, spans.length), spans), String(size))
  }
  // As schema version 3 wrote them.
  const older = {
    texts: ["long"],
    spans: [{ ...root, attributes: undefined }],
    attributes: [["a", 1, "tfy.input", [0]]]
  }
  assert.deepStrictEqual(unpackSpans(zstdCompressSync(JSON.stringify(older)), 0, 1), [
    { ...root, attributes: { a: 1, "tfy.input": "long" } }
  ])
})

it("a long text is written once, however many spans and traces have it", () => {
  const [root] = sample(0).spans
  assert.isDefined(root)
  const having = (times: number) =>
    Array.from({ length: times }, () => ({ ...root, attributes: { "tfy.input": text, empty: [], list: ["1"] } }))
  const packed = (...traces: ReadonlyArray<number>) => {
    const pack = new SpanPack()
    for (const times of traces) pack.add(having(times))
    return pack.toBytes()
  }
  assert.deepStrictEqual(unpackSpans(packed(9), 0, 9), having(9))
  assert.isBelow(packed(9, 9, 9).length, packed(1).length + 200)
})

it("a pack is full by its traces, or sooner by what they say", () => {
  const filled = (said: (index: number) => string) => {
    const pack = new SpanPack()
    let traces = 0
    while (!pack.full) pack.add(sample(traces, {}, said(traces++)).spans)
    return traces
  }
  assert.strictEqual(
    filled(() => "short"),
    12
  )
  assert.strictEqual(
    filled((index) => `${index} ${text.repeat(30)}`),
    2
  )
})
