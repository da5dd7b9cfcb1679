import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { maskJson } from "../../../../src/services/trace/redaction/maskJson.ts"

/** Exchanges every `7`, which may be of a text, of an escape, or of a number. */
const mask = maskJson((text) => text.replaceAll("7", '[se"ven]'))

describe("maskJson", () => {
  for (const [name, before, after] of [
    ["plain text", "7 is lucky", '[se"ven] is lucky'],
    ["strings", '{"a": "7", "b": ["x7y"]}', '{"a": "[se\\"ven]", "b": ["x[se\\"ven]y"]}'],
    ["keys", '{"7":1}', '{"[se\\"ven]":1}'],
    ["numbers, which become strings", '{"a":17,"b":-2.7e1}', '{"a":"1[se\\"ven]","b":"-2.[se\\"ven]e1"}'],
    ["escapes", '["\\u0037", "\\"7\\\\"]', '["[se\\"ven]", "\\"[se\\"ven]\\\\"]'],
    ["JSON in a string", JSON.stringify({ a: '{"b":7}' }), JSON.stringify({ a: '{"b":"[se\\"ven]"}' })],
    ["JSON that was cut off", '{"a":"7', '{"a":"[se"ven]']
  ] as const) {
    it(name, () => assert.strictEqual(mask(before), after))
  }

  for (const text of [
    '{ "a" : 1.0, "b":[1e3, null ,"\\u00e9\\/"] }',
    "[]",
    " {}",
    '"\\"',
    '{"\\\\":"\\\\\\""}',
    "[[[]]]",
    ""
  ]) {
    it(`leaves ${text} byte for byte`, () => assert.strictEqual(mask(text), text))
  }

  it("takes what is nested too deeply to be parsed as plain text", () => {
    const deep = `${"[".repeat(200_000)}7`
    assert.strictEqual(mask(deep), `${"[".repeat(200_000)}[se"ven]`)
  })

  const leaf: Arbitrary.Arbitrary<unknown> = Arbitrary.schema(
    Schema.Union([Schema.Null, Schema.Boolean, Schema.Finite, Schema.String.check(Schema.isMaxLength(12))])
  )
  const objectOf = (value: Arbitrary.Arbitrary<unknown>): Arbitrary.Arbitrary<unknown> =>
    Arbitrary.map(
      Arbitrary.array(Arbitrary.all([Arbitrary.schema(Schema.String.check(Schema.isMaxLength(6))), value]), {
        maxLength: 4
      }),
      (entries) => Object.fromEntries(entries)
    )
  const inside = (value: Arbitrary.Arbitrary<unknown>) =>
    Arbitrary.map(objectOf(value), (inner) => JSON.stringify(inner))
  const json = objectOf(Arbitrary.map(Arbitrary.all([leaf, objectOf(leaf), inside(leaf)]), (list) => list))

  it.prop("keeps JSON what it is, and does with it what a walk through its values would", { json }, ({ json }) => {
    const letter = (text: string) => text.replaceAll("1", "one").replaceAll("e", "7").replaceAll('"', "'")
    assert.deepStrictEqual(
      JSON.parse(maskJson(letter)(JSON.stringify(json))),
      walked(JSON.parse(JSON.stringify(json)), letter)
    )
  })

  it.prop("changes nothing where there is nothing to change", { json }, ({ json }) => {
    const text = JSON.stringify(json, undefined, 2)
    assert.strictEqual(maskJson((same) => same)(text), text)
  })
})

const walked = (value: unknown, mask: (text: string) => string): unknown => {
  if (typeof value === "string") return isJson(value) ? JSON.stringify(walked(JSON.parse(value), mask)) : mask(value)
  if (typeof value === "number")
    return mask(JSON.stringify(value)) === JSON.stringify(value) ? value : mask(JSON.stringify(value))
  if (Array.isArray(value)) return value.map((item) => walked(item, mask))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [mask(key), walked(item, mask)]))
}

const isJson = (text: string): boolean => {
  try {
    return typeof JSON.parse(text) === "object" && JSON.parse(text) !== null
  } catch {
    return false
  }
}
