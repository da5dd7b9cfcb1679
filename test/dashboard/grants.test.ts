import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { issuerSpec, subjectSpec, teamSpec } from "../../src/dashboard/pages/access/accessForms.ts"
import { grantsOf, reached } from "../../src/dashboard/pages/access/grants.ts"
import { principals } from "../../src/services/config/principals.ts"
import { atOnce } from "../../src/services/config/Steps.ts"

const routes = ["prod/chat", "prod/fast", "a/x", "a/y"]

const entities = [
  { kind: "team" as const, name: "ml", body: { name: "ml", models: ["prod/*"] }, revision: 1 },
  {
    kind: "subject" as const,
    name: "user:al",
    body: { subject: "user:al", teams: ["ml"], models: ["a/x"] },
    revision: 1
  }
]

describe("what each may use", () => {
  const grants = grantsOf({ entities })

  it("a token's own models, those of its subject, and those of all its teams", () => {
    const token = { subject: "user:al", teams: ["other"], models: ["a/y"] }
    assert.deepStrictEqual(reached(grants.token(token), routes), [
      { model: "prod/chat", from: ["team ml"] },
      { model: "prod/fast", from: ["team ml"] },
      { model: "a/x", from: ["subject user:al"] },
      { model: "a/y", from: ["itself"] }
    ])
  })

  it("a team that has no entry is a label", () => {
    assert.deepStrictEqual(grants.token({ subject: "user:x", teams: ["other"] }), [])
  })

  it("an entry of a subject is told once", () => {
    assert.deepStrictEqual(grants.subject("user:al"), [
      { from: "itself", patterns: ["a/x"] },
      { from: "team ml", patterns: ["prod/*"] }
    ])
  })

  const Names = Schema.Array(Schema.Literals(["ml", "ops", "web"])).check(Schema.isMaxLength(2))
  const Patterns = Schema.Array(Schema.Literals(["*", "prod/*", "a/x", "*/y", "none"])).check(Schema.isMaxLength(2))
  it.prop(
    "is what the gateway would say",
    [Patterns, Names, Patterns, Names, Patterns, Patterns],
    ([own, ownTeams, subjectModels, subjectTeams, ml, ops]) => {
      const subjects = [{ subject: "user:al", teams: subjectTeams, models: subjectModels }]
      const teams = [
        { name: "ml", models: ml },
        { name: "ops", models: ops }
      ]
      const { mayUse } = atOnce(principals({ subjects, teams })).of("user:al", ownTeams, own)
      const shown = grantsOf({
        entities: [
          ...teams.map((body) => ({ kind: "team" as const, name: body.name, body, revision: 1 })),
          ...subjects.map((body) => ({ kind: "subject" as const, name: body.subject, body, revision: 1 }))
        ]
      }).token({ subject: "user:al", teams: ownTeams, models: own })
      assert.deepStrictEqual(
        reached(shown, routes).map(({ model }) => model),
        routes.filter(mayUse)
      )
    }
  )
})

describe("access forms", () => {
  it("give back what was stored, fields that they do not show included", () => {
    const team = { name: "ml", models: ["*"], colour: "blue" }
    const subject = { subject: "user:al", teams: ["ml"], models: ["a/x"], colour: "blue" }
    const issuer = {
      issuer: "https://idp",
      audience: "spangate",
      jwksUrl: "https://idp/keys",
      algorithms: ["ES256"],
      subjectClaim: "email",
      teamsClaim: "groups",
      models: ["*"],
      colour: "blue"
    }
    assert.deepStrictEqual(teamSpec.write(teamSpec.read(team)), team)
    assert.deepStrictEqual(subjectSpec.write(subjectSpec.read(subject)), subject)
    assert.deepStrictEqual(issuerSpec.write(issuerSpec.read(issuer)), issuer)
  })

  it("all algorithms are the default, none is an error", () => {
    const form = issuerSpec.read({ issuer: "i", audience: "a", jwksUrl: "u" })
    assert.deepStrictEqual(issuerSpec.write(form), { issuer: "i", audience: "a", jwksUrl: "u" })
    assert.hasAllKeys(issuerSpec.check({ ...form, algorithms: [] }), ["algorithms"])
  })

  it("an entry that gives nothing is told", () => {
    assert.hasAllKeys(subjectSpec.check(subjectSpec.read({ subject: "user:al" })), ["models"])
    assert.hasAllKeys(teamSpec.check(teamSpec.read({})), ["name", "models"])
  })
})
