import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { appendOlder, type Feed, mergeNewest, rowKey } from "../../src/dashboard/pages/traces/feed.ts"
import { sampleSummaries } from "./mock/sampleTraces.ts"

const all = sampleSummaries(40, 1_000_000_000, 60_000)
const page = (from: number, to: number, next?: string) => ({
  traces: all.slice(from, to),
  partial: false,
  ...(next === undefined ? {} : { next })
})
const ids = (feed: Feed) => feed.rows.map((row) => all.indexOf(all.find((one) => one.traceId === row.traceId)!))

describe("feed", () => {
  it("the newest page puts what is new on top", () => {
    const feed = mergeNewest(mergeNewest(undefined, page(2, 6, "6")), page(0, 4, "4"))
    assert.deepStrictEqual(ids(feed), [0, 1, 2, 3, 4, 5])
    assert.strictEqual(feed.next, "6")
  })

  it("nothing new gives the very same list", () => {
    const feed = mergeNewest(undefined, page(0, 4, "4"))
    assert.strictEqual(mergeNewest(feed, page(0, 4, "4")), feed)
  })

  it("a request that took long takes its place further down", () => {
    const without = { ...page(0, 6, "6"), traces: all.slice(0, 6).filter((_, index) => index !== 3) }
    assert.deepStrictEqual(ids(mergeNewest(mergeNewest(undefined, without), page(0, 6, "6"))), [0, 1, 2, 3, 4, 5])
  })

  it("one that belongs below the end is left to the next page", () => {
    const feed = mergeNewest(undefined, page(0, 3, "3"))
    const late = { traces: [all[1]!, all[9]!], partial: false }
    assert.deepStrictEqual(ids(mergeNewest(feed, late)), [0, 1, 2])
  })

  it("where more came than a page holds, the list begins anew", () => {
    const feed = mergeNewest(mergeNewest(undefined, page(20, 30, "30")), page(0, 5, "5"))
    assert.deepStrictEqual(ids(feed), [0, 1, 2, 3, 4])
    assert.strictEqual(feed.next, "5")
  })

  it("older ones follow, none twice", () => {
    const feed = appendOlder(mergeNewest(undefined, page(0, 4, "4")), page(3, 8))
    assert.deepStrictEqual(ids(feed), [0, 1, 2, 3, 4, 5, 6, 7])
    assert.isUndefined(feed.next)
  })

  const bound = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 40 }))
  it.prop("is always newest first and without doubles", [bound, bound, bound, bound], ([a, b, c, d]) => {
    const first = page(Math.min(a, b), Math.max(a, b), "n")
    const second = page(Math.min(c, d), Math.max(c, d), "m")
    const { rows } = mergeNewest(mergeNewest(undefined, first), second)
    assert.strictEqual(new Set(rows.map(rowKey)).size, rows.length)
    for (const [index, row] of rows.entries()) {
      if (index > 0) assert.isAtMost(row.start, rows[index - 1]!.start)
    }
  })
})
