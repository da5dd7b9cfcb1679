import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { fromColumn, toColumn } from "../../../src/layers/postgres/columnText.ts"

const Unit = Schema.Literals(["\0", "\\", "0", "u", "\ud83d", "\ude00", "d83d", "a"])
const Texts = Schema.Struct({ units: Schema.Array(Unit).check(Schema.isMaxLength(8)), text: Schema.String })

describe("columnText", () => {
  it.prop("gives back any text, and writes none that PostgreSQL refuses", { texts: Texts }, ({ texts }) => {
    const text = texts.units.join("") + texts.text
    const column = toColumn(text)
    assert.strictEqual(fromColumn(column), text)
    assert.isTrue(column.isWellFormed())
    assert.notInclude(column, "\0")
  })

  it("leaves as they are texts that need nothing", () => {
    for (const text of ["", "user:alice@example.com", "https://idp.acme.io/", "\u{1F600} \u00e9 'quoted' $1"]) {
      assert.strictEqual(toColumn(text), text)
    }
  })

  it("writes an escape for each that PostgreSQL refuses", () => {
    assert.strictEqual(toColumn("a\0b\ud83dc\\u0000"), "a\\u0000b\\ud83dc\\\\u0000")
  })
})
