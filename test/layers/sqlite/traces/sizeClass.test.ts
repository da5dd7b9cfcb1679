import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { isWithin, sizeClass, sizeRangesOf } from "../../../../src/layers/sqlite/traces/sizeClass.ts"

const Size = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1e12 }))

describe("classes of sizes", () => {
  it.prop(
    "what fits a filter is within its ranges",
    { least: Size, tokens: Size, most: Size, duration: Size },
    (sizes) => {
      const { duration, least, most, tokens } = sizes
      const ranges = sizeRangesOf({ minTokens: least, maxTokens: most, minDurationMs: least })
      const fits = tokens >= least && tokens <= most && duration >= least
      if (fits) assert.isTrue(isWithin(Uint8Array.of(sizeClass(tokens), sizeClass(duration)), 0, ranges))
    }
  )

  it("tell sizes apart that differ by a tenth, from nothing to what no request has", () => {
    assert.deepStrictEqual([sizeClass(0), sizeClass(0.2), sizeClass(1), sizeClass(-1)], [0, 1, 1, 0])
    for (let size = 1; size < 1e9; size *= 1.1) assert.isBelow(sizeClass(size), sizeClass(size * 1.1))
    assert.isFalse(isWithin(Uint8Array.of(0, 0, sizeClass(3000), 0), 1, sizeRangesOf({ minTokens: 3800 })))
    assert.isAtMost(sizeClass(Number.MAX_VALUE), 255)
  })
})
