import { assert, describe, it } from "@effect/vitest"
import { accountSpec, blankAccount } from "../../src/dashboard/pages/models/accountForm.ts"
import { accountTypes, needOf } from "../../src/dashboard/pages/models/accountTypes.ts"
import { readCatalog, usersOf } from "../../src/dashboard/pages/models/catalog.ts"

const { check, places, read, write } = accountSpec

const stored = {
  name: "openai",
  type: "openai",
  baseUrl: "https://eu.api.openai.com/v1",
  apiKey: { set: true },
  provider: "openai",
  headers: { "OpenAI-Organization": { set: true } },
  propagateTraceparent: true,
  timeoutMs: 30_000,
  timeToFirstTokenTimeoutMs: 5000,
  ca: "-----BEGIN CERTIFICATE-----",
  models: [
    {
      name: "mini",
      id: "gpt-4o-mini",
      price: { inputPerMillion: 0.15, outputPerMillion: 0, cachedInputPerMillion: 1 }
    },
    { name: "gpt-4o", colour: "blue" }
  ],
  shape: "round"
}

describe("account form", () => {
  it("gives back what was stored, fields that it does not show included", () => {
    assert.deepStrictEqual(write(read(stored)), stored)
  })

  it("what is at its default is left out", () => {
    assert.deepStrictEqual(write(read({ name: "a", type: "openai-compatible", headers: {}, models: [] })), {
      name: "a",
      type: "openai-compatible"
    })
  })

  it("a type's change takes along only what the type has a use for", () => {
    assert.notProperty(write({ ...read(stored), type: "fake" }), "apiKey")
    assert.notProperty(write({ ...read({ ...stored, apiVersion: "2024-10-21" }) }), "apiVersion")
  })

  it("three fields make an OpenAI account", () => {
    const blank = blankAccount("openai", [])
    const model = blank.models[0]!
    const form = { ...blank, apiKey: " sk-1 ", models: [{ ...model, name: "gpt-4o-mini" }] }
    assert.deepStrictEqual(check(form), {})
    assert.deepStrictEqual(write(form), {
      name: "openai",
      type: "openai",
      apiKey: "sk-1",
      models: [{ name: "gpt-4o-mini" }]
    })
  })

  it("a new name is one that is free", () => {
    assert.strictEqual(blankAccount("anthropic", ["anthropic", "anthropic-2"]).name, "anthropic-3")
  })

  it("says what is missing before anything is sent", () => {
    assert.hasAllKeys(check(blankAccount("openai", [])), ["apiKey", "models[0].name"])
    assert.hasAllKeys(check({ ...blankAccount("azure-openai", []), models: [] }), ["baseUrl", "apiKey"])
    assert.deepStrictEqual(check(blankAccount("fake", [])), { "models[0].name": "Name the model, or remove the row." })
  })

  it("two headers of one name would be one", () => {
    const headers = [
      { name: "X-Team", value: "a" },
      { name: "x-team ", value: "b" }
    ]
    assert.deepStrictEqual(check({ ...read(stored), headers }), { headers: "x-team is there twice: remove one." })
  })

  it("each type has an account's own rules", () => {
    assert.deepStrictEqual(
      accountTypes.map(({ type }) => [
        type,
        needOf(type, "baseUrl"),
        needOf(type, "apiKey"),
        needOf(type, "apiVersion")
      ]),
      [
        ["openai", "optional", "required", "none"],
        ["anthropic", "optional", "required", "none"],
        ["azure-openai", "required", "required", "required"],
        ["openai-compatible", "required", "optional", "none"],
        ["fake", "none", "none", "none"]
      ]
    )
  })

  it("a form's every error has a place", () => {
    const wrong = Object.keys(check({ ...blankAccount("azure-openai", []), name: "", baseUrl: "" }))
    for (const place of wrong) assert.include(places, place.replace(/\[\d+\]/, "[]"))
  })
})

describe("catalog", () => {
  const entity = (kind: "provider-account" | "virtual-model", name: string, body: unknown) => ({
    kind,
    name,
    body,
    revision: 1
  })
  const catalog = readCatalog({
    entities: [
      entity("provider-account", "a", { models: [{ name: "x" }, { name: "y" }] }),
      entity("provider-account", "empty", {}),
      entity("virtual-model", "p/q", { routing: { targets: [{ model: "a/x" }] } }),
      entity("virtual-model", "p/r", { routing: { targets: [{ model: "ab/x" }] } })
    ]
  })

  it("names everything that can be asked for", () => {
    assert.deepStrictEqual(catalog.models, ["a/x", "a/y"])
    assert.deepStrictEqual(catalog.virtualNames, ["p/q", "p/r"])
  })

  it("knows who would miss an account", () => {
    assert.deepStrictEqual(usersOf("a", catalog.virtuals), ["p/q"])
    assert.deepStrictEqual(usersOf("empty", catalog.virtuals), [])
  })
})
