import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { RegularExpression } from "../../../src/services/config/fields.ts"
import { patternCost, UNBOUNDED } from "../../../src/services/config/patternCost.ts"

const costs: ReadonlyArray<readonly [pattern: string, steps: number, ways: number, shortest: number]> = [
  ["abc", 3, 1, 3],
  ["\\d{3}-\\d{2}-\\d{4}", 11, 1, 11],
  ["ab|c", 3, 2, 1],
  ["a{1,20}", 20, 20, 1],
  ["a{1,20}b", 40, 20, 2],
  ["(?:ab?){2}", 2 + 2 * 2, 4, 2],
  ["a??b", 3, 2, 1],
  ["[^\\]a-z]x", 2, 1, 2],
  ["[\\\\]x", 2, 1, 2],
  ["\\u{1f600}\\u00e9\\x41\\p{Lu}\\cA\\/", 6, 1, 6],
  ["(?<year>\\d{4})(?i:x)", 5, 1, 5],
  ["(?<!x)a(?=bc)", 4, 1, 1],
  ["\\bx\\B$", 4, 1, 1],
  ["(?=aa|a)b", 4, 1, 1]
]

/** Patterns on which a backtracking engine can take a time that no text of reasonable size bounds. */
const evil = [
  "(a+)+$",
  "(a|aa)+$",
  "(.*)*",
  "a*b",
  "a+",
  "a{2,}",
  "(\\w{1,30}){1,30}x",
  "(a?){50}a{50}",
  "([a-z]{1,9}\\.){1,9}@",
  "(a)\\1",
  "(?<a>x)\\k<a>",
  "(?=.*b)a"
]

describe("patternCost", () => {
  for (const [pattern, steps, ways, shortest] of costs) {
    it(`of ${pattern}`, () => {
      assert.doesNotThrow(() => new RegExp(pattern, "gu"))
      assert.deepStrictEqual(patternCost(pattern), { steps, ways, shortest })
    })
  }

  for (const pattern of evil) {
    it(`finds no bound in ${pattern}`, () => {
      assert.doesNotThrow(() => new RegExp(pattern, "gu"))
      assert.isAtLeast(patternCost(pattern).steps, 100_000)
      assert.isTrue(Result.isFailure(Schema.decodeUnknownResult(RegularExpression)(pattern)))
    })
  }

  const pieces = ["a", "b", ".", "[ab]", "a?", "b{1,3}", "(?:a|ab)", "(?:ab?){2}", "|", "^", "\\b", "(?=a)", "a{0,2}"]
  const index = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: pieces.length - 1 }))
  const pattern = Arbitrary.map(Arbitrary.schema(Schema.Array(index).check(Schema.isBetweenLength(1, 8))), (indexes) =>
    indexes.map((at) => pieces[at]).join("")
  )
  const text = Schema.String.check(Schema.isPattern(/^[ab]{0,12}$/))

  it.prop("knows the shortest match", { pattern, text }, ({ pattern, text }) => {
    const { shortest, steps, ways } = patternCost(pattern)
    assert.isBelow(steps, UNBOUNDED)
    assert.isAtLeast(ways, 1)
    for (const [match] of text.matchAll(new RegExp(pattern, "gu"))) assert.isAtLeast(match.length, shortest)
  })
})
