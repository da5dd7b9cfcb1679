import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { parseResourceAttributes } from "../../../src/layers/system/resourceVariables.ts"

describe("parseResourceAttributes", () => {
  for (const [text, attributes] of [
    ["", {}],
    [" , ", {}],
    [
      "service.name=gw,deployment.environment.name=prod",
      { "service.name": "gw", "deployment.environment.name": "prod" }
    ],
    [" a = b , c=d,", { a: "b", c: "d" }],
    ["a=b=c", { a: "b=c" }],
    ["a=", { a: "" }],
    ["a=1,a=2", { a: "2" }],
    ["a%2Cb=x%3Dy%20z,t=a+b", { "a,b": "x=y z", t: "a+b" }],
    ["city=K%C3%B6ln", { city: "Köln" }],
    ["__proto__=x", JSON.parse('{"__proto__":"x"}')]
  ] as const) {
    it(`reads ${JSON.stringify(text)}`, () => {
      assert.deepStrictEqual(Result.getOrThrow(parseResourceAttributes(text)), attributes)
    })
  }

  for (const [text, reason] of [
    ["a=b,c", 'entry 2 has no "="'],
    ["a=%zz", 'entry 1 has a "%" without two hex digits of UTF-8'],
    ["a=b,c=%C3", 'entry 2 has a "%" without two hex digits of UTF-8'],
    ["%=b", 'entry 1 has a "%" without two hex digits of UTF-8'],
    ["=b", "entry 1 has no key"]
  ] as const) {
    it(`refuses all of ${JSON.stringify(text)}`, () => {
      assert.deepStrictEqual(parseResourceAttributes(text), Result.fail(reason))
    })
  }

  const text = Schema.String.check(Schema.isPattern(/^[^\ud800-\udfff]{1,20}$/))
  it.prop("reads back whatever was escaped", { key: text, value: text }, ({ key, value }) => {
    const parsed = parseResourceAttributes(`${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
    assert.deepStrictEqual(Result.getOrThrow(parsed), Object.fromEntries([[key, value]]))
  })

  it.prop("never throws", { text: Schema.String }, ({ text }) => {
    parseResourceAttributes(text)
  })
})
