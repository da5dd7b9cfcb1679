import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import { secretScrubber } from "../../../src/layers/otlp/secretScrubber.ts"
import { destination } from "../../services/export/harness.ts"

const scrub = (headers: Record<string, string>, text: string) =>
  secretScrubber(
    destination("a", {
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Redacted.make(value)]))
    })
  )(text)

describe("secretScrubber", () => {
  it("takes out every value, wherever it stands", () => {
    assert.strictEqual(
      scrub({ Authorization: "raw-key", "X-Tenant": "t1" }, "raw-key of t1: raw-key is unknown"),
      "[redacted] of [redacted]: [redacted] is unknown"
    )
  })

  it("takes out the credentials of a scheme, not the scheme", () => {
    assert.strictEqual(
      scrub({ Authorization: "Bearer abcdefghij" }, "Bearer token abcdefghij"),
      "Bearer token [redacted]"
    )
  })

  it("takes a value out whole before its words", () => {
    assert.strictEqual(scrub({ A: "abcdefgh ijklmnop" }, "abcdefgh ijklmnop!"), "[redacted]!")
  })

  it("leaves a text alone that has none, and survives empty values", () => {
    assert.strictEqual(scrub({ A: "" }, "nothing here"), "nothing here")
  })
})
