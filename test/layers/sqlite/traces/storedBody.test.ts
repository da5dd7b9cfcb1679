import { assert, it } from "@effect/vitest"
import { decodeSpans, encodeSpans } from "../../../../src/layers/sqlite/traces/storedBody.ts"
import { storedTrace } from "../../../../src/services/store/storedTrace.ts"
import { sample } from "../../../contracts/storedTraces.ts"
import { anyEvent } from "../../../services/trace/eventArbitrary.ts"

it.prop("spans of any event come back as they were", { event: anyEvent }, ({ event }) => {
  const { spans } = storedTrace(event)
  assert.deepStrictEqual(decodeSpans(encodeSpans(spans)), spans)
})

it("a long text is written once, however many spans have it", () => {
  const text = Array.from({ length: 500 }, (_, at) => Math.imul(at + 1, 0x9e3779b1).toString(36)).join(" ")
  const [root] = sample(0).spans
  assert.isDefined(root)
  const having = (times: number) =>
    Array.from({ length: times }, () => ({ ...root, attributes: { "tfy.input": text, empty: [], list: ["1"] } }))
  assert.deepStrictEqual(decodeSpans(encodeSpans(having(9))), having(9))
  assert.isBelow(encodeSpans(having(9)).length, encodeSpans(having(1)).length + 200)
})
