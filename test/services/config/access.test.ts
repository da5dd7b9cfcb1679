import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { compile } from "../../../src/services/config/compile.ts"
import { matching } from "../../../src/services/config/namePatterns.ts"

const routes = ["demo/a", "demo/b", "demo/c"]

const few = <S extends Schema.Constraint>(item: S) => Schema.Array(item).check(Schema.isMaxLength(3))
const Name = Schema.Literals(["x", "y", "z"])
const Models = few(Schema.Literals(["demo/a", "demo/b", "demo/c", "*/a", "*"])).check(Schema.isMinLength(1))

const Access = {
  tokens: few(
    Schema.Struct({ subject: Name, teams: Schema.optionalKey(few(Name)), models: Schema.optionalKey(Models) })
  ),
  jwt: Schema.Struct({ teamsClaim: Schema.optionalKey(Schema.Literal("teams")), models: Schema.optionalKey(Models) }),
  teams: few(Schema.Struct({ name: Name, models: Models })),
  subjects: few(
    Schema.Struct({ subject: Name, teams: Schema.optionalKey(few(Name)), models: Schema.optionalKey(Models) })
  )
}

const compiled = (access: unknown) =>
  compile(
    {
      providerAccounts: [{ name: "demo", type: "fake", models: [{ name: "a" }, { name: "b" }, { name: "c" }] }],
      access
    },
    { revision: "r", fakeOrigin: "http://127.0.0.1" }
  )

/** The first of each name: a second is refused. */
const once = <A>(items: ReadonlyArray<A>, nameOf: (item: A) => string): ReadonlyArray<A> =>
  items.filter((item, index) => items.findIndex((one) => nameOf(one) === nameOf(item)) === index)

const sha256Of = (index: number): string => String(index).repeat(64)

describe("access", () => {
  it.prop(
    "is the union of what a caller, its subject and its teams are given, and never nothing",
    Access,
    ({ jwt, tokens, ...lists }) => {
      const subjects = once(lists.subjects, ({ subject }) => subject)
      const teams = once(lists.teams, ({ name }) => name)
      const result = compiled({
        tokens: tokens.map((token, index) => ({ ...token, sha256: sha256Of(index) })),
        jwt: [{ issuer: "i", audience: "a", jwksUrl: "https://i", ...jwt }],
        teams,
        subjects
      })
      const given = (subject: string, own: ReadonlyArray<string>, models: ReadonlyArray<string>) => {
        const entry = subjects.find((one) => one.subject === subject)
        const member = [...own, ...(entry?.teams ?? [])]
        const patterns = [
          ...models,
          ...(entry?.models ?? []),
          ...teams.filter(({ name }) => member.includes(name)).flatMap((team) => team.models)
        ]
        return routes.filter(matching(patterns))
      }
      const nothing = tokens.flatMap(({ models = [], subject, teams = [] }, index) =>
        given(subject, teams, models).length === 0 ? [`access.tokens[${index}].models`] : []
      )
      if (Result.isFailure(result)) {
        const refused = result.failure.map(({ path }) => path).filter((path) => path.startsWith("access.tokens"))
        assert.deepStrictEqual(refused, nothing)
        return
      }
      assert.deepStrictEqual(nothing, [])
      for (const [index, { models = [], subject, teams = [] }] of tokens.entries()) {
        const principal = result.success.tokens.get(sha256Of(index))
        assert.deepStrictEqual(routes.filter(principal!.mayUse), given(subject, teams, models))
      }
      const { principal } = result.success.jwtIssuers.get("i")!
      for (const claimed of [[], ["x"], ["y", "z", "x"]]) {
        const caller = principal!("z", claimed)
        assert.deepStrictEqual(routes.filter(caller.mayUse), given("z", claimed, jwt.models ?? []))
      }
    }
  )
})
