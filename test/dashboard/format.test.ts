import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import {
  formatBytes,
  formatCost,
  formatCount,
  formatDuration,
  formatShare,
  formatShort,
  NONE
} from "../../src/dashboard/format/numbers.ts"
import { formatAgo } from "../../src/dashboard/format/times.ts"

describe("numbers", () => {
  it("are in the unit that fits", () => {
    assert.deepStrictEqual([0, 0.42, 3.12, 840.4, 999.7, 2310, 61_000, 7_260_000, 90_000_000].map(formatDuration), [
      "0 ms",
      "0.42 ms",
      "3.1 ms",
      "840 ms",
      "1.00 s",
      "2.31 s",
      "1 min 1 s",
      "2 h 1 min",
      "1 d 1 h"
    ])
    assert.deepStrictEqual([0, 1023, 4198, 1_048_575, 5 * 1024 ** 3].map(formatBytes), [
      "0 B",
      "1023 B",
      "4.1 KiB",
      "1.0 MiB",
      "5.0 GiB"
    ])
  })

  it("show small costs whole", () => {
    assert.deepStrictEqual([0, 1e-9, 0.000_423, 12.3, 12_300].map(formatCost), [
      "$0",
      "< $0.000001",
      "$0.00042",
      "$12.30",
      "$12.3k"
    ])
  })

  it("a time below a microsecond is none", () => assert.strictEqual(formatDuration(5e-324), "0 ms"))

  it("of nothing there is no share", () => {
    assert.deepStrictEqual(
      [formatShare(0, 0), formatShare(0, 9), formatShare(1, 3), formatShare(1, 5000), formatShare(9, 9)],
      [NONE, "0 %", "33.3 %", "0.02 %", "100 %"]
    )
  })

  it("group and shorten", () => {
    assert.deepStrictEqual([formatCount(1_234_567), formatShort(12_345)], ["1,234,567", "12.3k"])
  })

  const duration = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1e12 }))
  it.prop("a duration has no unit twice and never 60 of one", [duration], ([ms]) => {
    assert.notMatch(formatDuration(ms), /NaN|e[+-]|\b60 (s|min)\b|\b24 h\b|1000 ms/)
  })
})

describe("formatAgo", () => {
  it("says how long", () => {
    const now = 1_000_000_000
    assert.deepStrictEqual(
      [0, 12_000, 180_000, 7_200_000, 500_000_000].map((ms) => formatAgo(now - ms, now)),
      ["just now", "12 s ago", "3 min ago", "2 h ago", "6 d ago"]
    )
  })

  it("a clock that runs ahead is now", () => assert.strictEqual(formatAgo(5000, 0), "just now"))
})
