import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { hrDuration, hrTime } from "../../../src/services/trace/hrTime.ts"

const nanosOf = ([seconds, nanos]: readonly [number, number]): bigint =>
  BigInt(seconds) * 1_000_000_000n + BigInt(nanos)

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

describe("hrTime", () => {
  it.prop(
    "is exact to the nanosecond from 2020 to 2100 and for months of uptime",
    { base: between(1_577_836_800_000, 4_102_444_800_000), ms: between(0, 10_000_000_000), nanos: between(0, 999_999) },
    ({ base, ms, nanos }) => {
      const time = hrTime(base, ms + nanos / 1e6)
      // Ten billion milliseconds with a fraction are themselves only known to 2 ns.
      const error = nanosOf(time) - (BigInt(base + ms) * 1_000_000n + BigInt(nanos))
      assert.isTrue(error >= -2n && error <= 2n, `${error} ns off`)
      assert.isTrue(time[1] >= 0 && time[1] < 1e9 && Number.isInteger(time[1]))
    }
  )

  it.prop(
    "never runs backwards, and its difference is the duration",
    {
      base: Schema.Finite.check(Schema.isBetween({ minimum: 1.6e12, maximum: 4e12 })),
      a: between(0, 1e7),
      b: between(0, 1e7)
    },
    ({ base, a, b }) => {
      const start = hrTime(base, Math.min(a, b) / 1000)
      const end = hrTime(base, Math.max(a, b) / 1000)
      assert.strictEqual(nanosOf(hrDuration(start, end)), nanosOf(end) - nanosOf(start))
      assert.isTrue(nanosOf(end) >= nanosOf(start))
    }
  )

  it("carries nanoseconds over a second, and keeps the base's own fraction", () => {
    assert.deepStrictEqual(hrTime(1_764_000_000_999, 0.999999), [1_764_000_000, 999_999_999])
    assert.deepStrictEqual(hrTime(1_764_000_000_999, 1), [1_764_000_001, 0])
    assert.deepStrictEqual(hrTime(1_764_000_000_000.5, 0.25), [1_764_000_000, 750_000])
    assert.deepStrictEqual(hrTime(1_764_000_000_999.5, 0.75), [1_764_000_001, 250_000])
  })
})
