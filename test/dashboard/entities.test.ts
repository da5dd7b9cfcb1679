import { assert, describe, it } from "@effect/vitest"
import { ApiProblem } from "../../src/dashboard/api/ApiProblem.ts"
import { keptAs } from "../../src/dashboard/components/keptAs.ts"
import { placeProblems } from "../../src/dashboard/components/placeProblems.ts"
import { optionalNumber } from "../../src/dashboard/components/readBody.ts"
import { changeText } from "../../src/dashboard/pages/audit/changeText.ts"
import { accountSpec } from "../../src/dashboard/pages/models/accountForm.ts"
import { virtualSpec } from "../../src/dashboard/pages/models/virtualForm.ts"

const problem = (...paths: ReadonlyArray<string>) =>
  new ApiProblem(
    422,
    "refused",
    paths.map((path) => ({ path, reason: "is wrong" }))
  )

describe("problems of nested entries", () => {
  it("stand at the very input", () => {
    assert.deepStrictEqual(
      placeProblems(
        problem("providerAccounts[oa].models[0].price.inputPerMillion", "providerAccounts[oa].headers"),
        "provider-account",
        "oa",
        accountSpec.places
      ).fields,
      { "models[0].price.inputPerMillion": "is wrong", headers: "is wrong" }
    )
    assert.deepStrictEqual(
      placeProblems(
        problem("virtualModels[a/b].routing.targets[1].retry.onStatusCodes[0]"),
        "virtual-model",
        "a/b",
        virtualSpec.places
      ).fields,
      { "routing.targets[1].retry.onStatusCodes": "[0] is wrong" }
    )
  })

  it("of another entry are told beside the form", () => {
    assert.deepStrictEqual(
      placeProblems(
        problem("virtualModels[demo/chat].routing.targets[0].model"),
        "provider-account",
        "demo",
        accountSpec.places
      ),
      { fields: {}, others: ["virtualModels[demo/chat].routing.targets[0].model is wrong"] }
    )
  })

  it("of an entry that has no name yet are its own", () => {
    assert.deepStrictEqual(
      placeProblems(problem("access.tokens[e9dab1445a1cc085].models[0]"), "token", undefined, ["models"]).fields,
      { models: "[0] is wrong" }
    )
  })
})

describe("keptAs", () => {
  it("a kept secret is the stored one, a new one is itself", () => {
    const stored = { apiKey: { set: true, lastFour: "abcd" }, headers: { a: { set: true, lastFour: "wxyz" } } }
    assert.deepStrictEqual(keptAs({ apiKey: { set: true }, headers: { a: "new" }, models: [{ name: "x" }] }, stored), {
      apiKey: { set: true, lastFour: "abcd" },
      headers: { a: "new" },
      models: [{ name: "x" }]
    })
    assert.deepStrictEqual(keptAs({ apiKey: { set: true } }, undefined), { apiKey: { set: true } })
  })
})

describe("optionalNumber", () => {
  it("nothing, a number, or what the API has to refuse", () => {
    assert.deepStrictEqual(optionalNumber("n", " "), {})
    assert.deepStrictEqual(optionalNumber("n", " 0.5 "), { n: 0.5 })
    assert.deepStrictEqual(optionalNumber("n", "many"), { n: "many" })
  })
})

describe("changeText", () => {
  it("names the first three; a token by the beginning of its hash", () => {
    const create = (kind: "team" | "token" | "settings", name: string) => ({ kind, name, action: "create" as const })
    assert.strictEqual(
      changeText([
        create("team", "ml"),
        create("token", "e5571e0b71a47c030b78beac"),
        { kind: "settings", name: "settings", action: "update" },
        create("team", "ops"),
        create("team", "web")
      ]),
      "created team ml, created token e5571e0b71a47c03, changed settings and 2 more"
    )
    assert.strictEqual(changeText([]), "nothing changed")
  })
})
