import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { hasTerms, searchableContent, searchTerms } from "../../../src/services/store/searchTerms.ts"
import { sample } from "../../contracts/storedTraces.ts"

describe("searchTerms", () => {
  it("are the different words in small letters", () => {
    assert.deepStrictEqual(searchTerms("The Quick, the-brown ÄPFEL 42 42"), ["the", "quick", "brown", "äpfel", "42"])
    assert.deepStrictEqual(searchTerms(' -- "*" 🙂 '), [])
    assert.strictEqual(searchTerms(Array.from({ length: 99 }, (_, at) => `w${at}`).join(" ")).length, 16)
  })

  it("all have to stand in the content, as whole words", () => {
    assert.isTrue(hasTerms("Brown\nfox: QUICK", ["quick", "brown"]))
    assert.isFalse(hasTerms("brown fox", ["quick", "brown"]))
    assert.isFalse(hasTerms("quicker", ["quick"]))
    assert.isTrue(hasTerms("", []))
  })

  it.prop(
    "are found where they are among the words, whatever stands around them",
    { parts: Schema.Array(Schema.Literals(["a", "ab", "B", " ", "-", "9", "é", "𐐨", "🙂", "\ud83d", "\u0301", "İ"])) },
    ({ parts }) => {
      const content = parts.join("")
      const words = new Set(content.toLowerCase().match(/[\p{L}\p{N}\p{M}]+/gu))
      for (const term of [...words, "a", "ab", "b", "9", "é", "𐐨"]) {
        assert.strictEqual(hasTerms(content, [term]), words.has(term), JSON.stringify([content, term]))
      }
    }
  )

  it("find the words of messages, not those of their JSON", () => {
    const content = searchableContent(sample(0, {}, 'line one\n"Two"').spans)
    assert.isTrue(hasTerms(content, searchTerms("one two gewiß gern")))
    assert.isFalse(hasTerms(content, ["said"]))
    assert.isFalse(hasTerms(content, ["ntwo"]))
  })

  it("find the words of a body that could not be read as messages", () => {
    const [root] = sample(0).spans
    assert.isDefined(root)
    const spans = [{ ...root, attributes: { "tfy.input": '{"prompt":"cut sho' } }]
    assert.isTrue(hasTerms(searchableContent(spans), ["cut", "sho", "prompt"]))
    assert.strictEqual(searchableContent([{ ...root, attributes: {} }]), "")
  })

  it("end in JSON of any depth", () => {
    const [root] = sample(0).spans
    assert.isDefined(root)
    const deep = `${"[".repeat(3000)}"x"${"]".repeat(3000)}`
    assert.strictEqual(searchableContent([{ ...root, attributes: { "tfy.input": deep } }]), "")
  })
})
