import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { type Compiled, compile, makeCompiler } from "../../../src/services/config/compile.ts"
import { eachInSteps, stepwise } from "../../../src/services/config/Steps.ts"
import { complete } from "./documents.ts"

const options = { revision: "1", fakeOrigin: "http://127.0.0.1:4000" }
const names = ["prod/chat", "prod/none", "claude/sonnet", "openai-main/gpt-4o"]

/** What can be told of a configuration: its functions by what they say. */
const told = (compiled: Compiled): unknown =>
  Result.isFailure(compiled)
    ? compiled.failure
    : JSON.stringify(compiled.success, (key, value: unknown) => {
        if (key === "principal") return undefined
        if (typeof value === "function") return names.filter((name) => value(name) === true)
        if (value instanceof Map || value instanceof Set) return [...value]
        return Redacted.isRedacted(value) ? ["secret", Redacted.value(value)] : value
      })

const digest = (token: number): string => token.toString(16).toUpperCase().padStart(64, "0")

const entry = {
  token: (n: number) => ({ subject: `user:${n % 3}`, teams: [`team${n % 2}`], sha256: digest(n), models: ["prod/*"] }),
  unlicensed: (n: number) => ({ subject: `user:${n % 3}`, sha256: digest(n) }),
  leadingNowhere: (n: number) => ({ subject: "user:x", sha256: digest(n), models: ["prod/nowhere"] }),
  malformed: (n: number) => ({ subject: 5, sha256: "no", models: [], model: n }),
  team: (n: number) => ({ name: `team${n % 2}`, models: ["claude/*"] }),
  subject: (n: number) => ({ subject: `user:${n % 3}`, models: ["openai-main/gpt-4o"] }),
  nothing: () => null,
  virtualModel: (n: number) => ({
    name: `prod/v${n}`,
    routing: { type: "weight", targets: [{ model: "claude/sonnet" }] }
  }),
  badAccount: () => ({ name: "claude", type: "openai" })
}

const sectionOf: {
  readonly [kind in keyof typeof entry]: ReadonlyArray<
    "tokens" | "teams" | "subjects" | "virtualModels" | "providerAccounts"
  >
} = {
  token: ["tokens"],
  unlicensed: ["tokens"],
  leadingNowhere: ["tokens"],
  malformed: ["tokens", "teams", "virtualModels", "providerAccounts"],
  team: ["teams"],
  subject: ["subjects"],
  nothing: ["tokens", "subjects", "providerAccounts"],
  virtualModel: ["virtualModels"],
  badAccount: ["providerAccounts"]
}

const kinds = [
  "token",
  "unlicensed",
  "leadingNowhere",
  "malformed",
  "team",
  "subject",
  "nothing",
  "virtualModel",
  "badAccount"
] as const
const settings = ["capture", "access", "limits", "bogus", "otel"] as const

const Change = Schema.Struct({
  action: Schema.Literals(["add", "add", "remove", "replace", "swap", "setting", "good"]),
  kind: Schema.Literals(kinds),
  setting: Schema.Literals(settings),
  n: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5 }))
})

type Lists = { [section: string]: Array<unknown> }

/** Each document after a change; what did not change is the same object, as the readers of entities give it. */
function* documents(changes: ReadonlyArray<typeof Change.Type>): Generator<unknown> {
  const { access, providerAccounts, virtualModels, ...rest } = complete()
  let lists: Lists = { providerAccounts, virtualModels, tokens: access.tokens, teams: [], subjects: [] }
  let others: { [key: string]: unknown } = rest
  const { jwt } = access
  const document = () => {
    const { providerAccounts, virtualModels, ...access } = lists
    return { providerAccounts, virtualModels, access: { jwt, ...access }, ...others }
  }
  yield document()
  for (const { action, kind, n, setting } of changes) {
    const section = sectionOf[kind][n % sectionOf[kind].length] ?? "tokens"
    const list = [...(lists[section] ?? [])]
    if (action === "add") list.splice(n, 0, entry[kind](n))
    if (action === "remove") list.splice(n % Math.max(1, list.length), 1)
    if (action === "replace") list[n % Math.max(1, list.length)] = structuredClone(list[n % Math.max(1, list.length)])
    if (action === "swap") list.reverse()
    lists = { ...lists, [section]: list }
    if (action === "setting") others = { ...others, [setting]: n % 2 === 0 ? { x: n } : "metadata" }
    if (action === "good") {
      others = rest
      lists = {
        providerAccounts,
        virtualModels,
        tokens: access.tokens,
        teams: [entry.team(n)],
        subjects: [entry.subject(n)]
      }
    }
    yield document()
  }
}

describe("one revision after another", () => {
  it.effect.prop(
    "compiles to what each would by itself, or is refused in the same words",
    { changes: Schema.Array(Change).check(Schema.isMaxLength(12)) },
    ({ changes }) =>
      Effect.gen(function* () {
        const compileNext = makeCompiler()
        for (const document of documents(changes)) {
          assert.deepStrictEqual(told(yield* compileNext(document, options)), told(compile(document, options)))
        }
      })
  )

  const tokens = (count: number) => Array.from({ length: count }, (_, n) => ({ ...entry.token(n), sha256: digest(n) }))
  const documentOf = (list: ReadonlyArray<unknown>) => ({ ...complete(), access: { tokens: list } })

  it.effect("keeps the principals of the tokens that stay, unless what their team or subject may use has changed", () =>
    Effect.gen(function* () {
      const compileNext = makeCompiler()
      const next = (document: unknown) =>
        Effect.flatMap(compileNext(document, options), (compiled) => Effect.orDie(Effect.fromResult(compiled)))
      const list = tokens(3)
      const first = yield* next(documentOf(list))
      const second = yield* next(documentOf([...list.slice(1), entry.token(9)]))
      assert.deepStrictEqual(
        [...second.tokens.keys()],
        [1, 2, 9].map((n) => digest(n).toLowerCase())
      )
      assert.strictEqual(second.tokens.get(digest(1).toLowerCase()), first.tokens.get(digest(1).toLowerCase()))
      const third = yield* next({ ...complete(), access: { tokens: list, teams: [entry.team(1)] } })
      assert.isFalse(second.tokens.get(digest(1).toLowerCase())?.mayUse("claude/sonnet"))
      assert.isTrue(third.tokens.get(digest(1).toLowerCase())?.mayUse("claude/sonnet"))
    })
  )

  it.effect("lets the event loop turn all the while, also where the revision is refused", () =>
    Effect.gen(function* () {
      const compileNext = makeCompiler()
      /** Turns of the event loop while it compiles. */
      const turns = Effect.fnUntraced(function* (document: unknown) {
        let count = 0
        let compiling = true
        const turn = () => {
          count += 1
          if (compiling) setImmediate(turn)
        }
        setImmediate(turn)
        yield* compileNext(document, options)
        compiling = false
        return count
      })
      const list = tokens(4000)
      assert.isBelow(yield* turns(documentOf(list.slice(0, 10))), 5)
      // 50 new entries a turn, and again 50 principals.
      assert.isAtLeast(yield* turns(documentOf(list)), 160)
      assert.isAtLeast(yield* turns(documentOf(list.map(() => ({ subject: 5 })))), 80)
      // What is known costs less.
      const again = yield* turns(documentOf(list))
      assert.isAtLeast(again, 16)
      assert.isBelow(again, 60)
    })
  )

  it.effect("does no more between two turns than a step", () =>
    Effect.gen(function* () {
      let inTurn = 0
      let most = 0
      const steps = () =>
        eachInSteps(Array.from({ length: 1000 }), () => {
          inTurn += 1
          most = Math.max(most, inTurn)
          if (inTurn === 1) setImmediate(() => (inTurn = 0))
          return 20
        })
      yield* stepwise(steps)
      assert.strictEqual(most, 50)
    })
  )
})
