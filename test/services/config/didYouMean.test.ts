import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { didYouMean } from "../../../src/services/config/didYouMean.ts"

describe("didYouMean", () => {
  const keys = ["name", "id", "price", "baseUrl", "apiKey", "apiVersion"]
  const cases: ReadonlyArray<readonly [word: string, meant: string | undefined]> = [
    ["pricee", "price"],
    ["rpice", "price"],
    ["apikey", "apiKey"],
    ["base_url", "baseUrl"],
    ["ids", "id"],
    ["weight", undefined],
    ["", undefined]
  ]
  for (const [word, meant] of cases) {
    it(`${word} → ${meant}`, () => assert.strictEqual(didYouMean(word, keys), meant))
  }

  it("knows a model by its last part", () => {
    assert.strictEqual(didYouMean("gpt-4o", ["gpt-4", "openai-main/gpt-4o"]), "openai-main/gpt-4o")
  })

  it("prefers the nearest", () => {
    assert.strictEqual(didYouMean("a/gpt-4o", ["a/gpt-4", "a/gpt-4o-", "a/gpt-40"]), "a/gpt-4")
  })

  it.prop(
    "finds a word with one letter changed",
    {
      word: Schema.String.check(Schema.isPattern(/^[a-z]{3,12}$/)),
      at: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 }))
    },
    ({ at, word }) => {
      assert.strictEqual(didYouMean(`${word.slice(0, at)}0${word.slice(at + 1)}`, ["", "0000000000000000", word]), word)
    }
  )
})
