import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { spliceTopLevel } from "../../../src/services/provider/spliceTopLevel.ts"
import { bytes, text } from "./fixtures.ts"

const splice = (body: string, includeUsage = false, model = "m") =>
  text(spliceTopLevel(bytes(body), model, includeUsage))

describe("spliceTopLevel", () => {
  it("changes the model and not a byte more", () => {
    const body =
      ' {\r\n\t"temperature" : 1.0, "model"  :  "prod/chat" , "seed":12345678901234567890,"x":1e400,"é":"\\u00e9" } '
    assert.strictEqual(splice(body), body.replace('"prod/chat"', '"m"'))
  })

  it("leaves models alone that are not the request's", () => {
    const body =
      '{"messages":[{"model":"a","content":"\\"model\\":\\"b\\""}],"tools":{"model":{"model":"c"}},"model":"d"}'
    assert.strictEqual(splice(body), body.replace('"d"', '"m"'))
  })

  it("changes every duplicate, and a key that is spelt with escapes", () => {
    assert.strictEqual(
      splice('{"model":"a","mod\\u0065l":"b","model":{"c":[1]}}'),
      '{"model":"m","mod\\u0065l":"m","model":"m"}'
    )
  })

  it("writes any model as JSON", () => {
    assert.strictEqual(splice('{"model":"a"}', false, 'é"\\\n'), '{"model":"é\\"\\\\\\n"}')
  })

  it("returns the same bytes when nothing changes", () => {
    const plain = bytes('{"model":"m","stream":false}')
    assert.strictEqual(spliceTopLevel(plain, "m", false), plain)
    const asked = bytes('{"stream_options":{"include_usage":true},"model":"m"}')
    assert.strictEqual(spliceTopLevel(asked, "m", true), asked)
  })

  it("asks for usage in each of the ways a request can stand", () => {
    assert.strictEqual(
      splice('{"model":"a","n":1}', true),
      '{"stream_options":{"include_usage":true},"model":"m","n":1}'
    )
    assert.strictEqual(
      splice('{"model":"m","stream_options":{}}', true),
      '{"model":"m","stream_options":{"include_usage":true}}'
    )
    assert.strictEqual(
      splice('{"model":"m","stream_options": { "include_obfuscation" : false }}', true),
      '{"model":"m","stream_options": {"include_usage":true, "include_obfuscation" : false }}'
    )
    assert.strictEqual(
      splice('{"stream_options":{"a":1,"include_usage":false,"include_usage":null},"model":"m"}', true),
      '{"stream_options":{"a":1,"include_usage":true,"include_usage":true},"model":"m"}'
    )
    assert.strictEqual(
      splice('{"model":"m","stream_options":null}', true),
      '{"model":"m","stream_options":{"include_usage":true}}'
    )
    assert.strictEqual(
      splice('{"stream_options":null,"model":"m","stream_options":{"include_usage":false}}', true),
      '{"stream_options":{"include_usage":true},"model":"m","stream_options":{"include_usage":true}}'
    )
  })

  it("adds what is missing, to an empty object too", () => {
    assert.strictEqual(splice("{}"), '{"model":"m"}')
    assert.strictEqual(splice("{ }", true), '{"model":"m","stream_options":{"include_usage":true} }')
  })

  it("finds the end of strings with any number of backslashes, near and far", () => {
    for (let slashes = 0; slashes < 6; slashes++) {
      for (const far of ["", "x".repeat(100), '\\"'.repeat(60)]) {
        const body = JSON.stringify({ a: far + "\\".repeat(slashes), model: "old" })
        assert.strictEqual(splice(body), body.replace('"old"', '"m"'))
      }
    }
  })

  const value = Schema.Union([
    Schema.String.check(Schema.isMaxLength(60)),
    Schema.Finite,
    Schema.Null,
    Schema.Array(
      Schema.Struct({ model: Schema.String, s: Schema.Array(Schema.String).check(Schema.isMaxLength(2)) })
    ).check(Schema.isMaxLength(2))
  ])
  const key = Schema.Union([
    Schema.Literals(["model", "stream_options", "stream"]),
    Schema.String.check(Schema.isMaxLength(8))
  ])
  it.prop(
    "parses to the request with the two members set",
    {
      members: Schema.Array(Schema.Tuple([key, value])).check(Schema.isMaxLength(8)),
      space: Schema.Literals(["", " ", "\n\t "]),
      includeUsage: Schema.Boolean
    },
    ({ includeUsage, members, space }) => {
      const join = (items: ReadonlyArray<string>) => items.join(`${space},${space}`)
      const body = `{${join(members.map(([k, v]) => `${JSON.stringify(k)}${space}:${space}${JSON.stringify(v)}`))}${space}}`
      const asked = includeUsage ? { stream_options: { include_usage: true } } : {}
      const expected = { ...JSON.parse(body), model: "new/model", ...asked }
      assert.deepStrictEqual(JSON.parse(splice(body, includeUsage, "new/model")), expected)
    },
    { arbitrary: { runs: 500 } }
  )
})
