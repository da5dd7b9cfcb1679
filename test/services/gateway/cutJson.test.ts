import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { cutJson } from "../../../src/services/trace/cutJson.ts"

// biome-ignore lint/suspicious/noExplicitAny: test data
const cut = (value: unknown, limit: number): any => {
  const bytes = cutJson(value, limit)
  assert.isAtMost(bytes.length, limit)
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes))
}

const nested = (depth: number): unknown => {
  let value: unknown = "bottom"
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { value }
  return value
}

const hard = ["", "plain", '\u0000\u001f"\\', "\ud800", "\udfff tail", "世界", "🌍".repeat(300), "é".repeat(3000)]

describe("cutJson", () => {
  it.prop(
    "is parseable and within the limit, whatever the value",
    { value: Schema.Json, limit: Schema.Int.check(Schema.isBetween({ minimum: 64, maximum: 4000 })) },
    ({ limit, value }) => {
      cut(value, limit)
    }
  )

  it.prop(
    "is parseable and within the limit, with many or long or strange strings",
    {
      texts: Schema.Array(Schema.Literals(hard)).check(Schema.isMaxLength(300)),
      limit: Schema.Int.check(Schema.isBetween({ minimum: 64, maximum: 20_000 }))
    },
    ({ limit, texts }) => {
      cut({ model: "m", messages: texts.map((content) => ({ role: "user", content })) }, limit)
    }
  )

  it.prop(
    "leaves a value alone that fits with room to spare",
    { value: Schema.Json },
    ({ value }) => {
      assert.deepStrictEqual(cut(value, 10_000_000), JSON.parse(JSON.stringify(value)))
    },
    { arbitrary: { runs: 50 } }
  )

  it("cuts long strings before it leaves values out, and says how much", () => {
    const messages = [
      { role: "system", content: "Be kind." },
      { role: "user", content: "x".repeat(1_000_000) },
      { role: "user", content: "y".repeat(1_000_000) }
    ]
    const kept = cut({ model: "m", temperature: 0.5, messages, stream: true }, 512 * 1024)
    assert.strictEqual(kept.messages.length, 3)
    assert.strictEqual(kept.messages[0].content, "Be kind.")
    assert.match(kept.messages[1].content, /^x{65536}… \[934464 characters cut\]$/)
    assert.strictEqual(kept.temperature, 0.5)
    assert.strictEqual(kept.stream, true)
  })

  it("leaves out what comes after, where there are too many values", () => {
    const kept = cut({ model: "m", input: Array.from({ length: 1_000_000 }, (_, i) => i), user: "u" }, 10_000)
    assert.strictEqual(kept.model, "m")
    assert.deepStrictEqual(kept.input.slice(0, 3), [0, 1, 2])
    assert.match(kept.input.at(-1), /^… \[\d+ left out\]$/)
    assert.isAbove(kept.input.length, 1000)
  })

  it("does not split a surrogate pair", () => {
    const kept = cut({ text: `${"x".repeat(65_535)}🌍${"x".repeat(65_535)}` }, 70_000)
    assert.isTrue(kept.text.isWellFormed())
  })

  it("bounds the depth, however deep the value", () => {
    const text = JSON.stringify(cut({ deep: nested(100_000), after: 1 }, 100_000))
    assert.include(text, "nested too deep")
    assert.include(text, '"after":1')
  })

  it("keeps a key of __proto__ a key", () => {
    const kept = cut(JSON.parse('{"__proto__":{"polluted":1},"a":1}'), 1000)
    assert.isTrue(Object.hasOwn(kept, "__proto__"))
    assert.isUndefined(({} as { polluted?: number }).polluted)
  })

  it("cuts keys too", () => {
    const kept = cut({ ["k".repeat(1_000_000)]: 1 }, 100_000)
    assert.match(Object.keys(kept)[0] ?? "", /^k+… \[\d+ characters cut\]$/)
  })

  it("takes numbers that JSON cannot say", () => {
    assert.deepStrictEqual(cut(JSON.parse('{"a":1e999,"b":-1e999}'), 1000), { a: null, b: null })
  })
})
