// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the syntax under test
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { interpolate } from "../../../src/services/config/interpolate.ts"

const env = { KEY: "s3cret", HOST: "example.org", EMPTY: "", YAML: "a: {b: [c]}\n- d", NESTED: "${KEY}" }

describe("interpolate", () => {
  const cases: ReadonlyArray<readonly [text: string, becomes: string]> = [
    ["${KEY}", "s3cret"],
    ["Bearer ${KEY}", "Bearer s3cret"],
    ["https://${HOST}/${HOST}", "https://example.org/example.org"],
    ["${EMPTY}", ""],
    ["$${KEY}", "${KEY}"],
    ["$$${KEY}", "$${KEY}"],
    ["$KEY {KEY} $ {}", "$KEY {KEY} $ {}"],
    ["${YAML}", "a: {b: [c]}\n- d"],
    ["${NESTED}", "${KEY}"]
  ]
  for (const [text, becomes] of cases) {
    it(`${text} becomes ${JSON.stringify(becomes)}`, () => {
      assert.deepStrictEqual(interpolate({ a: [text] }, env), { document: { a: [becomes] }, findings: [] })
    })
  }

  it("names every reference that leads nowhere, and leaves it", () => {
    const document = { a: "${GONE}", b: [1, { c: "x${toString}" }], d: "${KEY", e: "${not a name}", f: "${KEY}" }
    assert.deepStrictEqual(interpolate(document, env), {
      document: { ...document, f: "s3cret" },
      findings: [
        { at: ["a"], reason: "environment variable GONE is not set, set it or write $${ where ${ itself is meant" },
        {
          at: ["b", 1, "c"],
          reason: "environment variable toString is not set, set it or write $${ where ${ itself is meant"
        },
        { at: ["d"], reason: "a reference is written ${NAME}, write $${ where ${ itself is meant" },
        { at: ["e"], reason: "a reference is written ${NAME}, write $${ where ${ itself is meant" }
      ]
    })
  })

  it("leaves keys and other types as they are", () => {
    const document = { "${KEY}": null, n: 1, b: true, list: [] }
    assert.deepStrictEqual(interpolate(document, env).document, document)
  })

  it("keeps a key named __proto__ a key", () => {
    const document = interpolate(JSON.parse(`{"__proto__":{"polluted":true}}`), env).document
    assert.isTrue(Object.hasOwn(document as object, "__proto__"))
    assert.isUndefined((document as { polluted?: unknown }).polluted)
  })

  it.prop("gives any value of a variable back as one string", { value: Schema.String }, ({ value }) => {
    assert.deepStrictEqual(interpolate("<${V}>", { V: value }).document, `<${value}>`)
  })
})
