import { assert, describe, it } from "@effect/vitest"
import { placeOf } from "../../../src/programs/cli/problemPlaces.ts"

const document = {
  capture: "full",
  providerAccounts: [{ name: "a" }, { name: "a.b" }, "no entry", { models: [] }],
  access: { tokens: [{ sha256: "AB".repeat(32) }], jwt: [{ issuer: "http://[::1]/" }] }
}

describe("the place of a problem that is told by name", () => {
  it.each([
    ["providerAccounts[a].apiKey", ["providerAccounts", 0, "apiKey"]],
    ["providerAccounts[a.b].models[3].price", ["providerAccounts", 1, "models", 3, "price"]],
    ["providerAccounts[a]", ["providerAccounts", 0]],
    [`access.tokens[${"ab".repeat(8)}].models[0]`, ["access", "tokens", 0, "models", 0]],
    ["access.jwt[http://[::1]/].audience", ["access", "jwt", 0, "audience"]],
    ["providerAccounts", ["providerAccounts", 2]],
    ["capture", ["capture"]],
    ["limits.maxBodyBytes", ["limits", "maxBodyBytes"]],
    ["providerAccounts[other].apiKey", undefined],
    ["virtualModels[prod/chat].name", undefined],
    ["providerAccounts[0].apiKey", undefined],
    ["", undefined]
  ])("%s", (path, expected) => assert.deepStrictEqual(placeOf(path, document), expected))
  it("is none in what is no document", () => assert.isUndefined(placeOf("capture", [])))
})
