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

  const key = 'ab/cd+"ef\\=9é🦊'
  it.each([
    ["JSON", JSON.stringify(key)],
    ["JSON with slashes escaped", JSON.stringify(key).replaceAll("/", "\\/")],
    ["JSON with upper-case escapes", JSON.stringify(key).replaceAll("+", "\\u002B").replaceAll("/", "\\u002F")],
    ["JSON with lower-case escapes", JSON.stringify(key).replaceAll("+", "\\u002b").replaceAll("é", "\\u00e9")],
    ["JSON in ASCII", JSON.stringify(key).replaceAll("🦊", "\\ud83e\\uDD8A")],
    ["JSON within JSON", JSON.stringify(JSON.stringify({ key }).replaceAll("/", "\\/"))],
    ["a URL", encodeURIComponent(key)]
  ])("finds a value in %s", (_, quoted) => {
    for (const headers of [{ A: key }, { A: `Bearer ${key}` }]) {
      const clean = scrub(headers, `{"error":${quoted}}`)
      assert.include(clean, "[redacted]")
      for (const piece of ["ab", "cd", "=9", "D9", "ud83e", "🦊"]) assert.notInclude(clean, piece)
    }
  })

  it("takes out the values of the endpoint's query, as they stand there and as they read", () => {
    const clean = secretScrubber(destination("a", { endpoint: "https://h/v1/traces?key=s3cret%2Fword&t=two+words" }))
    assert.strictEqual(clean("s3cret/word s3cret%2fword two words two+words"), Array(4).fill("[redacted]").join(" "))
  })

  it("leaves a text alone that has none, and survives empty values", () => {
    assert.strictEqual(scrub({ A: "" }, "nothing here"), "nothing here")
  })
})
