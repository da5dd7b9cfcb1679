import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { cutJsonText } from "../../../src/services/export/cutJsonText.ts"
import { cutText, waterLevel } from "../../../src/services/export/cutText.ts"

const isWhole = (text: string) => Buffer.from(text).toString() === text && text.isWellFormed()

describe("cutJsonText", () => {
  it("cuts the longest strings alike and leaves keys, numbers and short strings as they are", () => {
    const json = `{"role":"user","n":12345678901234567890,"a":"${"x".repeat(1000)}", "b":"${"y".repeat(3000)}","${"k".repeat(100)}":1.50}`
    const cut = cutJsonText(json, 1300) ?? assert.fail("not cut")
    assert.isAtMost(Buffer.byteLength(cut), 1300)
    assert.isAtLeast(Buffer.byteLength(cut), 1200)
    assert.include(cut, '"n":12345678901234567890')
    assert.include(cut, "1.50")
    assert.include(cut, `"${"k".repeat(100)}"`)
    const { a, b } = JSON.parse(cut)
    assert.match(a, /^x+… \[\d+ bytes cut\]$/)
    assert.match(b, /^y+… \[\d+ bytes cut\]$/)
    assert.closeTo(a.length, b.length, 2)
  })

  it("keeps escapes, escaped pairs and characters whole wherever it cuts", () => {
    for (const unit of ["\\n", "\\\\", '\\"', "\\u0041", "\\ud83d\\ude00", "😀", "é", "\\\\u0041"]) {
      for (let limit = 120; limit < 150; limit++) {
        const cut = cutJsonText(`["${unit.repeat(200)}"]`, limit) ?? assert.fail(`${unit} at ${limit}`)
        assert.isAtMost(Buffer.byteLength(cut), limit)
        const [text] = JSON.parse(cut)
        assert.isTrue(isWhole(text), `${unit} at ${limit}: ${text.slice(-40)}`)
        const whole = JSON.parse(`["${unit}"]`)[0]
        const kept = text.slice(0, text.indexOf("…"))
        assert.isTrue(kept.length > 10 && whole.repeat(200).startsWith(kept), `${unit} at ${limit}: ${kept.slice(-20)}`)
      }
    }
  })

  it("keeps the first and the last items of lists that are too long, without a foreign one among them", () => {
    const messages = Array.from({ length: 5000 }, (_, index) => ({ role: "user", parts: [{ type: "text", index }] }))
    const cut = cutJsonText(JSON.stringify(messages), 10_000) ?? assert.fail("not cut")
    assert.isAtMost(cut.length, 10_000)
    const kept: typeof messages = JSON.parse(cut)
    assert.strictEqual(kept.length, 100)
    assert.deepStrictEqual([kept[0]?.parts[0]?.index, kept.at(-1)?.parts[0]?.index], [0, 4999])
  })

  it("gives up on what is no JSON, on too many members, and on what is nested deeper than the stack", () => {
    assert.isUndefined(cutJsonText('{"a": "cut off', 5))
    const members = JSON.stringify(Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`key${index}`, 1])))
    assert.isUndefined(cutJsonText(members, 1000))
    assert.isUndefined(cutJsonText(`${"[".repeat(100_000)}${"]".repeat(100_000)}`, 1000))
  })

  it("takes its time in proportion to the text", () => {
    const begun = performance.now()
    const cut = cutJsonText(JSON.stringify({ content: '\\"'.repeat(2_000_000) }), 1_000_000)
    assert.isAtMost(Buffer.byteLength(cut ?? ""), 1_000_000)
    assert.isBelow(performance.now() - begun, 2000)
  })

  const text = Schema.String.check(Schema.isMaxLength(300))
  it.prop(
    "whatever the JSON and the limit, it stays JSON of the same shape, within the limit, and whole when it fits",
    {
      texts: Schema.Array(text).check(Schema.isMaxLength(5)),
      repeat: Schema.Literals([1, 40]),
      limit: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3000 }))
    },
    ({ limit, repeat, texts }) => {
      const value = {
        texts: texts.map((each) => each.repeat(repeat)),
        nested: { [texts[0] ?? ""]: texts.at(-1) ?? null }
      }
      const json = JSON.stringify(value)
      const cut = cutJsonText(json, limit)
      if (cut === undefined) return assert.isAbove(Buffer.byteLength(json), limit)
      assert.isAtMost(Buffer.byteLength(cut), limit)
      if (Buffer.byteLength(json) <= limit) assert.strictEqual(cut, json)
      const back: typeof value = JSON.parse(cut)
      assert.deepStrictEqual(Object.keys(back.nested), Object.keys(value.nested))
      assert.isTrue(back.texts.length <= value.texts.length)
    }
  )
})

describe("cutText", () => {
  it("leaves out the note where there is no room for it", () => {
    assert.strictEqual(cutText("short", 5), "short")
    assert.strictEqual(cutText("x".repeat(100), 10), "")
    assert.strictEqual(cutText("x".repeat(100), 40), "xxxxxxxx… [92 bytes cut]")
  })
})

describe("waterLevel", () => {
  it("cuts only what is over an equal share of what the small ones leave", () => {
    assert.strictEqual(waterLevel([10, 100, 100], 110), 50)
    assert.strictEqual(waterLevel([10, 20], 30), Number.POSITIVE_INFINITY)
    assert.strictEqual(waterLevel([], 0), Number.POSITIVE_INFINITY)
    assert.strictEqual(waterLevel([5], 0), 0)
    assert.isBelow(waterLevel([5], -3), 0)
  })
})
