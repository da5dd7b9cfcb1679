import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { decodeExportResponseJson, decodeStatusMessageJson } from "../../../src/layers/otlp/exportResponseJson.ts"

const whole = { rejectedSpans: 0, errorMessage: "" }

describe("decodeExportResponseJson", () => {
  const rows: ReadonlyArray<readonly [string, string, ReturnType<typeof decodeExportResponseJson>]> = [
    ["no bytes", "", whole],
    ["an empty object", "{}", whole],
    ["an empty partial success", '{"partialSuccess":{}}', whole],
    ["null for absent", '{"partialSuccess":null}', whole],
    ["null inside", '{"partialSuccess":{"rejectedSpans":null,"errorMessage":null}}', whole],
    [
      "text for a number",
      '{"partialSuccess":{"rejectedSpans":"3","errorMessage":"old"}}',
      { rejectedSpans: 3, errorMessage: "old" }
    ],
    ["a number", '{"partialSuccess":{"rejectedSpans":3}}', { rejectedSpans: 3, errorMessage: "" }],
    ["a negative count", '{"partialSuccess":{"rejectedSpans":"-3"}}', whole],
    [
      "members we do not know",
      '{"partialSuccess":{"rejectedSpans":1,"x":[]},"y":{}}',
      { rejectedSpans: 1, errorMessage: "" }
    ],
    ["a fraction", '{"partialSuccess":{"rejectedSpans":1.5}}', undefined],
    ["words for a number", '{"partialSuccess":{"rejectedSpans":"many"}}', undefined],
    ["a message that is no text", '{"partialSuccess":{"errorMessage":7}}', undefined],
    ["a partial success that is a list", '{"partialSuccess":[]}', undefined],
    ["a list", "[]", undefined],
    ["a text", '"ok"', undefined],
    ["HTML", "<html></html>", undefined]
  ]
  it.each(rows)("%s", (_, text, expected) => {
    assert.deepStrictEqual(decodeExportResponseJson(Buffer.from(text)), expected)
  })

  it("takes no bytes that are not UTF-8", () => {
    assert.isUndefined(decodeExportResponseJson(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])))
  })

  it.prop(
    "reads what a server writes",
    {
      rejectedSpans: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
      errorMessage: Schema.String
    },
    ({ errorMessage, rejectedSpans }) => {
      const answer = { partialSuccess: { rejectedSpans: String(rejectedSpans), errorMessage } }
      assert.deepStrictEqual(decodeExportResponseJson(Buffer.from(JSON.stringify(answer))), {
        rejectedSpans,
        errorMessage
      })
    }
  )
})

describe("decodeStatusMessageJson", () => {
  it("reads google.rpc.Status", () => {
    assert.strictEqual(decodeStatusMessageJson(Buffer.from('{"code":3,"message":"hi"}')), "hi")
    for (const text of ["", "{}", '{"message":1}', "[]", "no"]) {
      assert.isUndefined(decodeStatusMessageJson(Buffer.from(text)))
    }
  })
})
