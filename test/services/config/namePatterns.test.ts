import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { matching } from "../../../src/services/config/namePatterns.ts"

describe("matching", () => {
  const cases: ReadonlyArray<readonly [patterns: ReadonlyArray<string>, model: string, expected: boolean]> = [
    [["a/b"], "a/b", true],
    [["a/b"], "a/bc", false],
    [["a/b"], "A/b", false],
    [["*"], "any/thing", true],
    [["prod/*"], "prod/chat", true],
    [["prod/*"], "prod/", true],
    [["prod/*"], "produce/chat", false],
    [["*/gpt-4o"], "openai/gpt-4o", true],
    [["*gpt*mini"], "openai/gpt-4o-mini", true],
    [["*gpt*mini"], "openai/gpt-4o-mini-2", false],
    [["a*a"], "a", false],
    [["a*a"], "aa", true],
    [["**"], "x", true],
    [["a.c"], "abc", false],
    [["x/y", "p/*"], "p/q", true],
    [[], "p/q", false]
  ]
  for (const [patterns, model, expected] of cases) {
    it(`${JSON.stringify(patterns)} ${expected ? "lets" : "does not let"} ${model} through`, () => {
      assert.strictEqual(matching(patterns)(model), expected)
    })
  }

  const short = Schema.Array(Schema.Literals(["a", "b", "/", "*"])).check(Schema.isMaxLength(8))

  it.prop("agrees with trying every split", { pattern: short, model: short }, ({ model, pattern }) => {
    const text = model.join("").replaceAll("*", "c")
    assert.strictEqual(matching([pattern.join("")])(text), everySplit(pattern.join(""), text))
  })

  it("takes no longer for a pattern made to backtrack", () => {
    assert.isFalse(matching([`${"*a".repeat(5000)}*b`])("a".repeat(100_000)))
  })
})

const everySplit = (pattern: string, text: string): boolean => {
  if (pattern === "") return text === ""
  if (pattern[0] !== "*") return text[0] === pattern[0] && everySplit(pattern.slice(1), text.slice(1))
  for (let taken = 0; taken <= text.length; taken++) {
    if (everySplit(pattern.slice(1), text.slice(taken))) return true
  }
  return false
}
