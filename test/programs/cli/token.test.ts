import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { sha256 } from "../../../src/services/trace/sha256.ts"
import { FakeControlPlane, layer } from "./FakeControlPlane.ts"
import { cli } from "./runCli.ts"

const account = { type: "fake", models: [{ name: "echo" }] }

const begin = Effect.gen(function* () {
  const { store } = yield* FakeControlPlane
  yield* store.commit({
    base: 0,
    author: "admin",
    note: "",
    changes: [{ action: "put", kind: "provider-account", name: "demo", body: account }]
  })
  return store
})

describe("spangate token", () => {
  it.live("makes one, prints it apart from what it says of it, lists and revokes it", () =>
    Effect.gen(function* () {
      const store = yield* begin
      const flags = ["--subject", "user:\u001b[31malice", "--team", "ml", "--team", "eu", "--model", "demo/*"]
      const made = yield* cli("token", "create", ...flags)
      assert.strictEqual(made.code, 0)
      assert.match(made.stdout, /^sg-[\w-]{43}\n$/)
      const hash = sha256(made.stdout.trim())
      const id = hash.slice(0, 16)
      assert.strictEqual(made.stderr, `Token ${id} of user: [31malice: it is shown this once\n`)
      const { entities } = yield* store.snapshot
      assert.deepStrictEqual(entities.find(({ kind }) => kind === "token")?.body, {
        subject: "user:\u001b[31malice",
        teams: ["ml", "eu"],
        sha256: hash,
        models: ["demo/*"]
      })

      const listed = yield* cli("token", "list")
      assert.match(
        listed.stdout,
        new RegExp(
          `^ID {16}SUBJECT {10}TEAMS   MODELS  CHANGED\n${id}  user: \\[31malice  ml, eu  demo/\\*  [\\d-]{10}T[\\d:]{8}Z\n$`
        )
      )
      const [json] = JSON.parse((yield* cli("token", "list", "--json")).stdout)
      assert.deepStrictEqual([json.id, json.teams], [id, ["ml", "eu"]])

      const revoked = yield* cli("token", "revoke", id)
      assert.deepStrictEqual([revoked.code, revoked.stderr], [0, ""])
      assert.match(revoked.stdout, new RegExp(`^Token ${id} is revoked, as revision 3`))
      assert.strictEqual((yield* cli("token", "list")).stdout, "There are no tokens\n")
      const again = yield* cli("token", "revoke", id)
      assert.deepStrictEqual(again, { code: 1, stdout: "", stderr: "There is no token with this id.\n" })
    }).pipe(Effect.provide(layer))
  )

  it.live("makes one that lives off its subject's entry", () =>
    Effect.gen(function* () {
      const store = yield* begin
      const refused = yield* cli("token", "create", "--subject", "job")
      assert.strictEqual(refused.code, 1)
      assert.match(
        refused.stderr,
        /^The configuration is refused:\n {2}access\.tokens\[[0-9a-f]{16}\]\.models: is missing, and no entry of access\.teams or access\.subjects gives models either: [^\n]+\n$/
      )
      const body = { models: ["demo/echo"] }
      yield* store.commit({
        base: 1,
        author: "admin",
        note: "",
        changes: [{ action: "put", kind: "subject", name: "job", body }]
      })
      const made = yield* cli("token", "create", "--subject", "job", "--json")
      const { models, subject, token } = JSON.parse(made.stdout)
      assert.deepStrictEqual([models, subject, made.stderr], [undefined, "job", ""])
      const { tokens } = yield* store.compiled
      assert.isTrue(tokens.get(sha256(token))?.mayUse("demo/echo"))
      assert.match((yield* cli("token", "list")).stdout, /job +by teams and subject/)
    }).pipe(Effect.provide(layer))
  )

  it.live("tells why one was refused, field by field, and takes no token for an id", () =>
    Effect.gen(function* () {
      yield* begin
      const flags = ["--subject", "user:alice", "--model", "nowhere", "--model", "demo/ecko"]
      const said = yield* cli("token", "create", ...flags)
      assert.deepStrictEqual([said.code, said.stdout], [1, ""])
      assert.match(
        said.stderr,
        /^The configuration is refused:\n {2}access\.tokens\[[0-9a-f]{16}\]\.models\[0\]: names no model, write it as account\/model\n {2}\S+\.models\[1\]: names no model, did you mean "demo\/echo"\?\n$/
      )
      const odd = yield* cli("token", "revoke", "sg-the-token")
      assert.strictEqual(odd.code, 2)
      assert.include(odd.stderr, "is no token's id, which has 16 hex digits")
    }).pipe(Effect.provide(layer))
  )
})
