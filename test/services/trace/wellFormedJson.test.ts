import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { wellFormedJson } from "../../../src/services/trace/spans/wellFormedJson.ts"

const units = Schema.Array(Schema.Literals([0x5c, 0x22, 0x75, 0x64, 0x38, 0x33, 0x64, 0xd83d, 0xde00, 0xd800, 0x0a]))

describe("wellFormedJson", () => {
  it("replaces half characters", () => {
    assert.strictEqual(wellFormedJson(JSON.stringify("a\ud83d b\ude00")), '"a\ufffd b\ufffd"')
  })

  it("keeps whole ones, and text that only looks like an escape", () => {
    for (const text of ["\ud83d\ude00", "\\ud83d", "\\\\ud83d"]) {
      assert.strictEqual(JSON.parse(wellFormedJson(JSON.stringify(text))), text)
    }
  })

  it.prop("says what toWellFormed says", [units], ([codes]) => {
    const text = String.fromCharCode(...codes)
    assert.strictEqual(JSON.parse(wellFormedJson(JSON.stringify(text))), text.toWellFormed())
  })
})
