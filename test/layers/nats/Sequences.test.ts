import { assert, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { add, from, has, highest, type Sequences } from "../../../src/layers/nats/Sequences.ts"

const Few = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 40 }))).check(Schema.isMaxLength(30))

it.prop(
  "holds what was added and nothing else, in ranges that are apart",
  { batches: Schema.Array(Few) },
  ({ batches }) => {
    const model = new Set(batches.flat())
    const all = batches.reduce<Sequences>(add, [])
    for (let sequence = 0; sequence <= 41; sequence++) assert.strictEqual(has(all, sequence), model.has(sequence))
    all.forEach(([begin], index) => {
      assert.isAbove(begin, (all[index - 1]?.[1] ?? -1) + 1)
    })
    assert.strictEqual(highest(all), Math.max(0, ...model))
  }
)

it("forgets ranges that lie before a sequence", () => {
  const all = add([], [1, 2, 3, 7, 8, 11])
  assert.deepStrictEqual(from(all, 4), [
    [7, 8],
    [11, 11]
  ])
  assert.deepStrictEqual(from(all, 8), [
    [7, 8],
    [11, 11]
  ])
})
