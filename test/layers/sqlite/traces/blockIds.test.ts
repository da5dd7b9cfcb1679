import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { decodeIds, encodeIds } from "../../../../src/layers/sqlite/traces/blockIds.ts"

const Distance = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 43 }))

describe("ids of a block", () => {
  it.prop(
    "come back, all or those at some places",
    { distances: Schema.Array(Distance).check(Schema.isMaxLength(300)), every: Schema.Literals([1, 2, 7]) },
    ({ distances, every }) => {
      let last = 0
      const ids = distances.map((distance) => (last += distance))
      const places = ids.map((_, place) => place).filter((place) => place % every === 0)
      assert.deepStrictEqual(
        decodeIds(encodeIds(ids), places),
        ids.filter((_, place) => place % every === 0)
      )
    }
  )

  it("take three bytes or four each where a trace begins every hundred milliseconds", () => {
    const ids = Array.from({ length: 1000 }, (_, index) => 3.5e15 + 204_800 * index)
    assert.isBelow(encodeIds(ids).length, 4 * ids.length)
  })
})
