import { assert, describe, it } from "@effect/vitest"
import type * as SchemaAST from "effect/SchemaAST"
import { entityKinds, sections } from "../../../src/services/config/entities.ts"
import { GatewayConfig } from "../../../src/services/config/GatewayConfig.ts"
import { maskSecrets, unmaskSecrets } from "../../../src/services/config/maskSecrets.ts"
import { secretPaths } from "../../../src/services/config/secretPaths.ts"

/** Where the Schema has a `Redacted`: `providerAccounts[].headers.*`. */
const redactedPlaces = (ast: SchemaAST.AST, at = ""): ReadonlyArray<string> => {
  switch (ast._tag) {
    case "Declaration":
      assert.strictEqual(ast.annotations?.["expected"], "Redacted", `${at} is not known to this test`)
      return [at]
    case "Objects":
      return [
        ...ast.propertySignatures.flatMap(({ name, type }) => redactedPlaces(type, `${at}.${String(name)}`)),
        ...ast.indexSignatures.flatMap(({ type }) => redactedPlaces(type, `${at}.*`))
      ]
    case "Arrays":
      return [...ast.elements, ...ast.rest].flatMap((item) => redactedPlaces(item, `${at}[]`))
    case "Union":
      return ast.types.flatMap((type) => redactedPlaces(type, at))
    case "Suspend":
      return assert.fail(`${at} is recursive`)
    default:
      return []
  }
}

describe("secrets of entities", () => {
  it("are all that the Schema redacts, and nothing else", () => {
    const listed = sections.flatMap(({ kind, path }) =>
      secretPaths[kind].map((steps) => `.${path.join(".")}[].${steps.join(".")}`)
    )
    assert.deepStrictEqual([...redactedPlaces(GatewayConfig.ast)].sort(), listed.sort())
    assert.sameMembers(Object.keys(secretPaths), [...entityKinds])
  })

  it("are shown by their last four characters, where they are long enough to have any to spare", () => {
    const body = {
      name: "mw",
      headers: { long: "0123456789ab", short: "0123456789a", ["__proto__"]: "0123456789ab" },
      clientKey: { $sealed: "x" }
    }
    assert.strictEqual(
      JSON.stringify(maskSecrets("destination", body)),
      '{"name":"mw","headers":{"long":{"set":true,"lastFour":"89ab"},"short":{"set":true},"__proto__":{"set":true,"lastFour":"89ab"}},"clientKey":{"set":true}}'
    )
    assert.deepStrictEqual(maskSecrets("virtual-model", body), body)
    for (const odd of [null, "text", ["a"], { headers: "text" }, { headers: null }])
      assert.deepStrictEqual(maskSecrets("destination", odd), odd)
  })

  it("stay where they are written back as shown, and are missed where there are none", () => {
    const none = "is to stay as it is, but none is stored: write the secret"
    const stored = { type: "openai", apiKey: "key", headers: { "X-A": "a", "x-b": "b" } }
    const shown = {
      type: "openai",
      headers: { "x-a": { set: true }, "x-b": "new", "x-c": { set: true, lastFour: "1234" } }
    }
    assert.deepStrictEqual(unmaskSecrets("provider-account", shown, stored), {
      body: { type: "openai", headers: { "x-a": "a", "x-b": "new", "x-c": { set: true, lastFour: "1234" } } },
      findings: [{ at: ["headers", "x-c"], reason: none }]
    })
    assert.deepStrictEqual(unmaskSecrets("provider-account", maskSecrets("provider-account", stored), stored), {
      body: stored,
      findings: []
    })
    assert.deepStrictEqual(unmaskSecrets("provider-account", { apiKey: { set: true } }, undefined).findings, [
      { at: ["apiKey"], reason: none }
    ])
  })
})
