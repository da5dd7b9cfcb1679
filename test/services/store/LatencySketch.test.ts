import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { LatencySketch } from "../../../src/services/store/LatencySketch.ts"

const SHARES = [0, 0.01, 0.5, 0.95, 0.99, 1]

const exponents = Arbitrary.array(
  Arbitrary.schema(Schema.Finite.check(Schema.isBetween({ minimum: -3, maximum: 9 }))),
  { minLength: 1, maxLength: 80 }
)

const sketchOf = (values: ReadonlyArray<number>): LatencySketch => {
  const sketch = new LatencySketch()
  for (const value of values) sketch.record(value)
  return sketch
}

const exact = (values: ReadonlyArray<number>, share: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(share * values.length)) - 1] ?? Number.NaN

describe("LatencySketch", () => {
  it.prop(
    "is within two per cent of the exact percentile, from a microsecond to years",
    { exponents },
    ({ exponents }) => {
      const values = exponents.map((exponent) => 10 ** exponent)
      sketchOf(values)
        .percentiles(SHARES)
        .forEach((measured, at) => {
          const wanted = exact(values, SHARES[at] ?? 0)
          assert.closeTo(measured ?? Number.NaN, wanted, Math.max(0.001, 0.02 * wanted))
        })
    }
  )

  it.prop("merged is what it would be had it seen all", { one: exponents, other: exponents }, ({ one, other }) => {
    const values = (list: ReadonlyArray<number>) => list.map((exponent) => 10 ** exponent)
    const all = sketchOf([...values(one), ...values(other)])
    const merged = sketchOf(values(one))
    merged.merge(sketchOf(values(other)).toBytes())
    const live = sketchOf(values(one))
    live.merge(sketchOf(values(other)))
    assert.deepStrictEqual(merged.toBytes(), all.toBytes())
    assert.deepStrictEqual(live.toBytes(), all.toBytes())
    assert.strictEqual(merged.total, one.length + other.length)
  })

  it("keeps counts that need more than one byte", () => {
    const sketch = sketchOf([5])
    for (let doubling = 0; doubling < 40; doubling++) sketch.merge(sketch.toBytes())
    const copy = new LatencySketch()
    copy.merge(sketch.toBytes())
    assert.strictEqual(copy.total, 2 ** 40)
  })

  it("takes what is no duration as zero, and has no percentile of nothing", () => {
    assert.deepStrictEqual(new LatencySketch().percentiles([0.5]), [undefined])
    assert.deepStrictEqual(new LatencySketch().toBytes(), new Uint8Array(0))
    assert.deepStrictEqual(sketchOf([Number.NaN, -1, 0, Number.POSITIVE_INFINITY]).percentiles([0.5, 1]), [0, 0])
  })
})
