import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { sha256 } from "../../../src/services/trace/sha256.ts"

const reference = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex")

describe("sha256", () => {
  it("of nothing", () => {
    assert.strictEqual(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  })

  it("of every length around a block's end", () => {
    for (let length = 0; length <= 200; length++)
      assert.strictEqual(sha256("x".repeat(length)), reference("x".repeat(length)))
  })

  const text = Schema.String.check(Schema.isMaxLength(300))
  it.prop("of any text, by its UTF-8", { text }, ({ text }) => assert.strictEqual(sha256(text), reference(text)))
})
