import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { temporaryDirectory } from "../../layers/sqlite/temporaryDirectory.ts"
import { run } from "./runCli.ts"

const check = Effect.fnUntraced(function* (text: string) {
  const file = join(yield* temporaryDirectory, "a.yaml")
  writeFileSync(file, text)
  const { code, stderr, stdout } = yield* run({}, "check", file)
  return { code, stdout: stdout.replaceAll(file, "a.yaml"), stderr: stderr.replaceAll(file, "a.yaml") }
})

describe("spangate check", () => {
  it.live("says that a file is fine, the fake provider's too", () =>
    Effect.gen(function* () {
      const said = yield* check("providerAccounts: [{ name: demo, type: fake, models: [{ name: echo }] }]")
      assert.deepStrictEqual(said, {
        code: 0,
        stdout: "a.yaml is fine: 1 model, 0 tokens, 0 destinations\n",
        stderr: ""
      })
    })
  )

  it.live("checks the file that the program would read, where none is named", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryDirectory, "b.yaml")
      writeFileSync(file, "capture: metadata")
      const said = yield* run({ SPANGATE_CONFIG: file }, "check")
      assert.strictEqual(said.stdout, `${file} is fine: 0 models, 0 tokens, 0 destinations\n`)
    })
  )

  it.live("names every problem by line and column, in their order, and no value", () =>
    Effect.gen(function* () {
      const said = yield* check(`capture: ful
providerAccounts:
  - name: openai-main
    type: openai
    apiKey: sk-canary
    modles: []
access:
  tokens:
    - { subject: user:alice, sha256: canary }
otel:
  destinations:
    - { name: a, endpoint: http://a, ca: no-such-file.pem }
`)
      assert.deepStrictEqual(said, {
        code: 1,
        stdout: "",
        stderr: `a.yaml:1:1 capture: expected one of full, metadata, did you mean "full"?
a.yaml:6:5 providerAccounts[0].modles: unknown key, did you mean "models"?
a.yaml:9:7 access.tokens[0].models: is missing, and no entry of access.teams or access.subjects gives models either: name a model or write "*" for all
a.yaml:9:30 access.tokens[0].sha256: is no SHA-256, write the 64 hex digits that \`printf %s "$TOKEN" | sha256sum\` prints
a.yaml:12:38 otel.destinations[0].ca: names a file that cannot be read (ENOENT), write PEM or a path relative to this file
`
      })
    })
  )

  it.live("takes a secret that is kept for what it is, where a secret can be", () =>
    Effect.gen(function* () {
      const account = (apiKey: string, name: string) =>
        `providerAccounts: [{ name: ${name}, type: openai, apiKey: ${apiKey}, models: [{ name: m }] }]`
      const kept = yield* check(account("{ set: true, lastFour: abcd }", "a"))
      assert.include(kept.stdout, "1 secret kept as the control plane has them: for apply alone")
      const elsewhere = yield* check(account("x", "{ set: true }"))
      assert.match(elsewhere.stderr, /providerAccounts\[0\]\.name: expected text but this is keys with values/)
      const unset = yield* check(account("{ set: false }", "a"))
      assert.match(unset.stderr, /providerAccounts\[0\]\.apiKey: expected text but this is keys with values/)
    })
  )

  it.live("names a file that is not there, is none, or is no YAML", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const missing = join(directory, "b.yaml")
      assert.deepStrictEqual(yield* run({}, "check", missing), {
        code: 1,
        stdout: "",
        stderr: `${missing} cannot be read (ENOENT)\n`
      })
      mkdirSync(missing)
      assert.include((yield* run({}, "check", missing)).stderr, "cannot be read (EISDIR)")
      assert.deepStrictEqual(yield* check("a: [1"), {
        code: 1,
        stdout: "",
        stderr: "a.yaml:1:6 is indented wrongly, align it with its neighbours\n"
      })
    })
  )
})
