import { assert, describe, it } from "@effect/vitest"
import { retryAfterMillis } from "../../../src/services/gateway/retryAfter.ts"

const cases: ReadonlyArray<readonly [string | Array<string>, number | undefined]> = [
  ["0", 0],
  ["7", 7000],
  [" 7 ", 7000],
  ["0.5", 500],
  ["", undefined],
  [" ", undefined],
  ["-1", undefined],
  ["1e3", undefined],
  ["0x10", undefined],
  ["Infinity", undefined],
  ["NaN", undefined],
  ["9".repeat(400), undefined],
  ["1;2", undefined],
  ["soon", undefined],
  ["Wed, 21 Oct 2026 07:28:00 GMT", undefined],
  [["1", "2"], undefined]
]

describe("retryAfterMillis", () => {
  for (const [value, wanted] of cases) {
    it(`reads ${JSON.stringify(value).slice(0, 30)} as ${wanted}`, () => {
      assert.strictEqual(retryAfterMillis({ "retry-after": value }), wanted)
    })
  }

  it("believes the finer header first, where it makes sense", () => {
    assert.strictEqual(retryAfterMillis({ "retry-after": "2", "retry-after-ms": "350" }), 350)
    assert.strictEqual(retryAfterMillis({ "retry-after": "2", "retry-after-ms": "soon" }), 2000)
    assert.strictEqual(retryAfterMillis({}), undefined)
  })
})
