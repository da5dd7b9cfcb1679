import { assert, describe, it } from "@effect/vitest"
import { cost } from "../../../src/services/trace/cost.ts"

const price = { inputPerMillion: 2, outputPerMillion: 8 }

describe("cost", () => {
  it("is tokens times price, in dollars", () => {
    assert.strictEqual(cost(price, { inputTokens: 1000, outputTokens: 500 }), 0.006)
    assert.strictEqual(cost({ inputPerMillion: 2 }, { inputTokens: 1000 }), 0.002)
    assert.strictEqual(cost({ outputPerMillion: 8 }, { outputTokens: 1_000_000 }), 8)
    assert.strictEqual(cost(price, { inputTokens: 0, outputTokens: 0 }), 0)
  })

  it("charges cached and written input once, at their own price or else the input's", () => {
    const usage = { inputTokens: 1000, cacheReadInputTokens: 600, cacheCreationInputTokens: 300, outputTokens: 0 }
    assert.strictEqual(cost(price, usage), 0.002)
    assert.strictEqual(cost({ ...price, cachedInputPerMillion: 1 }, usage), (400 * 2 + 600) / 1e6)
    assert.strictEqual(
      cost({ ...price, cachedInputPerMillion: 1, cacheWritePerMillion: 3 }, usage),
      (100 * 2 + 600 + 900) / 1e6
    )
  })

  it("is unknown rather than wrong", () => {
    assert.isUndefined(cost(undefined, { inputTokens: 1 }))
    assert.isUndefined(cost(price, undefined))
    assert.isUndefined(cost(price, {}))
    assert.isUndefined(cost({ inputPerMillion: 2 }, { inputTokens: 1, outputTokens: 1 }))
    assert.isUndefined(cost({}, { inputTokens: 1 }))
  })
})
