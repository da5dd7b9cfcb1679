import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import {
  encodeIncreasing,
  IncreasingReader,
  IncreasingWriter,
  numbersAt
} from "../../../../src/layers/sqlite/traces/increasing.ts"

const Distance = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 43 }))

const summed = (distances: ReadonlyArray<number>, base = 0) => {
  let last = base
  return distances.map((distance) => (last += distance))
}

describe("increasing numbers", () => {
  it.prop(
    "come back, all or those at some places",
    { distances: Schema.Array(Distance).check(Schema.isMaxLength(300)), every: Schema.Literals([1, 2, 7]) },
    ({ distances, every }) => {
      const numbers = summed(distances)
      const places = numbers.map((_, place) => place).filter((place) => place % every === 0)
      assert.deepStrictEqual(
        numbersAt(encodeIncreasing(numbers), places),
        numbers.filter((_, place) => place % every === 0)
      )
    }
  )

  it("up to the largest safe integer, from a base, and from another one after", () => {
    const writer = new IncreasingWriter()
    for (const [base, ...numbers] of [
      [0, 0, 0, 127, 128, 2 ** 32, Number.MAX_SAFE_INTEGER],
      [2 ** 45, 2 ** 45, 2 ** 45 + 1]
    ]) {
      writer.begin(base ?? 0)
      for (const number of numbers) writer.add(number)
      const reader = new IncreasingReader(writer.toBytes(), base)
      for (const number of numbers) assert.strictEqual(reader.next(), number)
      assert.strictEqual(reader.next(), Number.POSITIVE_INFINITY)
    }
  })

  it("are as long as it takes", () => {
    const numbers = summed(Array.from({ length: 10_000 }, (_, at) => at))
    const bytes = encodeIncreasing(numbers)
    assert.strictEqual(bytes.length, 128 + 2 * (10_000 - 128))
    assert.deepStrictEqual(
      numbersAt(
        bytes,
        numbers.map((_, place) => place)
      ),
      numbers
    )
  })

  it("take three bytes or four each where a trace begins every hundred milliseconds", () => {
    const ids = Array.from({ length: 1000 }, (_, index) => 3.5e15 + 204_800 * index)
    assert.isBelow(encodeIncreasing(ids).length, 4 * ids.length)
  })
})
