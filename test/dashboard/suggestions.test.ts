import { assert, describe, it } from "@effect/vitest"
import { suggestions } from "../../src/dashboard/pages/traces/suggestions.ts"
import { sampleSummaries } from "./mock/sampleTraces.ts"

const rows = sampleSummaries(3, 1_000_000_000).map((row, index) => ({
  ...row,
  model: index === 0 ? "a/rare" : "b/usual",
  finishReasons: ["stop", "length"],
  metadata: { env: "prod" }
}))

describe("suggestions", () => {
  it("the most frequent first, each once", () => {
    assert.deepStrictEqual(suggestions("model", rows), ["b/usual", "a/rare"])
    assert.deepStrictEqual(suggestions("finishReason", rows), ["stop", "length"])
    assert.deepStrictEqual(suggestions("metadataKey", rows), ["env"])
  })

  it("what is typed freely has none, and neither has an empty list", () => {
    assert.deepStrictEqual(suggestions("text", rows), [])
    assert.deepStrictEqual(suggestions("model", []), [])
  })

  it("of many a few", () => {
    const many = Array.from({ length: 200 }, (_, index) => ({ ...rows[0]!, conversationId: `c${index}` }))
    assert.strictEqual(suggestions("conversationId", many).length, 30)
  })
})
