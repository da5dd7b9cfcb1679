import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { exitCode } from "../../../src/programs/cli/spangate.ts"
import { temporaryDirectory } from "../../layers/sqlite/temporaryDirectory.ts"
import { ADMIN, FakeControlPlane, layer } from "./FakeControlPlane.ts"
import { captured, cli, command, typing } from "./runCli.ts"

const CONFIG = `
resource: { service.name: "a $\${literal}" }
providerAccounts:
  - name: openai-main
    type: openai
    apiKey: sk-0123456789abcd
    models: [{ name: gpt-4o }]
virtualModels:
  - name: prod/chat
    routing: { type: weight, targets: [{ model: openai-main/gpt-4o }] }
access:
  tokens:
    - { subject: user:alice, sha256: ${"ab".repeat(32)}, models: ["*"] }
otel:
  destinations:
    - name: middleware
      endpoint: https://a.example/v1/traces
      headers: { Authorization: "\${CLI_TEST_KEY}" }
`

process.env["CLI_TEST_KEY"] = "mw-key-0123456789"

const fileOf = Effect.fnUntraced(function* (text: string) {
  const file = join(yield* temporaryDirectory, "spangate.yaml")
  writeFileSync(file, text)
  return file
})

describe("spangate apply", () => {
  it.live("shows what a file changes, writes it once, and then finds nothing to change", () =>
    Effect.gen(function* () {
      const file = yield* fileOf(CONFIG)
      const dry = yield* cli("apply", "-f", file, "--dry-run")
      assert.strictEqual(dry.stderr, "5 changes: 5 created; nothing was written\n")
      assert.strictEqual(dry.code, 3)
      assert.strictEqual(
        dry.stdout,
        `+ provider-account openai-main
    name: openai-main
    type: openai
    apiKey: secret ending in abcd
    models[0].name: gpt-4o
+ virtual-model prod/chat
    name: prod/chat
    routing.type: weight
    routing.targets[0].model: openai-main/gpt-4o
+ token abababababababab
    subject: user:alice
    sha256: ${"ab".repeat(32).slice(0, 59)}…
    models: ["*"]
+ destination middleware
    name: middleware
    endpoint: https://a.example/v1/traces
    headers.Authorization: secret ending in 6789
+ settings settings
    resource.service.name: a \${literal}
`
      )
      const applied = yield* cli("apply", "-f", file, "--yes")
      assert.deepStrictEqual([applied.code, applied.stderr], [0, ""])
      assert.strictEqual(applied.stdout, `${dry.stdout}5 changes: 5 created, as revision 1\n`)
      const { store } = yield* FakeControlPlane
      const [revision, ...others] = yield* store.revisions({ limit: 10 })
      assert.deepStrictEqual([revision?.author, revision?.note], ["admin", "apply spangate.yaml"])
      assert.deepStrictEqual(others, [])

      const again = yield* cli("apply", "-f", file)
      assert.deepStrictEqual(again, { code: 0, stdout: "Nothing to change: revision 1 says the same\n", stderr: "" })
    }).pipe(Effect.provide(layer))
  )

  it.live("reads back what export wrote: secrets stay, a dollar sign is no reference", () =>
    Effect.gen(function* () {
      yield* cli("apply", "-f", yield* fileOf(CONFIG), "--yes")
      const file = join(yield* temporaryDirectory, "exported.yaml")
      const exported = yield* cli("export", "-o", file)
      assert.deepStrictEqual(exported, { code: 0, stdout: "", stderr: `Revision 1 is in ${file}\n` })
      const text = readFileSync(file, "utf8")
      assert.notInclude(text, "sk-0123456789abcd")
      assert.notInclude(text, "mw-key")
      assert.include(text, "lastFour: abcd")
      assert.strictEqual((yield* cli("export")).stdout.trim(), text.trim())

      const same = yield* cli("apply", "-f", file, "--prune")
      assert.deepStrictEqual(same, { code: 0, stdout: "Nothing to change: revision 1 says the same\n", stderr: "" })
      const checked = yield* cli("check", file)
      assert.match(
        checked.stdout,
        /is fine: 2 models, 1 token, 1 destination\n2 secrets kept as the control plane has them/
      )

      writeFileSync(file, text.replace("a.example", "b.example"))
      const elsewhere = yield* cli("apply", "-f", file, "--yes")
      assert.deepStrictEqual([elsewhere.code, elsewhere.stdout], [1, ""])
      assert.include(
        elsewhere.stderr,
        "otel.destinations[middleware].headers: was stored for https://a.example: enter it again for another host\n"
      )

      writeFileSync(file, text.replace("a.example/v1", "a.example/v2"))
      const moved = yield* cli("apply", "-f", file, "--yes")
      assert.strictEqual(
        moved.stdout,
        `~ destination middleware
    endpoint: https://a.example/v1/traces → https://a.example/v2/traces
1 change: 1 changed, as revision 2
`
      )
    }).pipe(Effect.provide(layer))
  )

  it.live("deletes what the file does not name, with --prune alone", () =>
    Effect.gen(function* () {
      yield* cli("apply", "-f", yield* fileOf(CONFIG), "--yes")
      const less = yield* fileOf(CONFIG.slice(0, CONFIG.indexOf("otel:")))
      assert.include((yield* cli("apply", "-f", less, "--dry-run")).stdout, "Nothing to change")
      const pruned = yield* cli("apply", "-f", less, "--prune", "-y")
      assert.strictEqual(pruned.stdout, "- destination middleware\n1 change: 1 deleted, as revision 2\n")
    }).pipe(Effect.provide(layer))
  )

  it.live("names the line of what is wrong, whoever found it, and writes nothing", () =>
    Effect.gen(function* () {
      yield* cli("apply", "-f", yield* fileOf(CONFIG), "--yes")
      const local = yield* fileOf(
        'capture: ful\nproviderAccounts:\n  - { name: a, type: openai, apiKey: "$${UNSET_VARIABLE}" }\n'.replace(
          "$${",
          "${"
        )
      )
      const refused = yield* cli("apply", "-f", local, "--yes")
      assert.strictEqual(refused.code, 1)
      assert.match(
        refused.stderr,
        /spangate\.yaml:1:1 capture: expected one of full, metadata, did you mean "full"\?\n/
      )
      assert.match(
        refused.stderr,
        /spangate\.yaml:3:30 providerAccounts\[0\]\.apiKey: environment variable UNSET_VARIABLE is not set/
      )

      const remote = yield* fileOf(`virtualModels:
  - name: first/one
    routing: { type: weight, targets: [{ model: openai-main/gpt-4o }] }
  - name: prod/chat
    routing:
      type: weight
      targets:
        - model: openai-main/gpt-4o
        - model: openai-main/gpt-5o
`)
      const dangling = yield* cli("apply", "-f", remote, "--yes")
      assert.strictEqual(dangling.code, 1)
      assert.match(
        dangling.stderr,
        /spangate\.yaml:9:11 virtualModels\[prod\/chat\]\.routing\.targets\[1\]\.model: names no model, did you mean "openai-main\/gpt-4o"\?\n$/
      )
      assert.strictEqual(
        (yield* cli("export")).stdout.split("\n")[0],
        "# Revision 1 of the control plane's configuration."
      )
    }).pipe(Effect.provide(layer))
  )

  it.live("does not undo what somebody else changes between the question and the answer", () =>
    Effect.gen(function* () {
      const plane = yield* FakeControlPlane
      const other = yield* fileOf("resource: { a: b }")
      plane.world.meanwhile = Effect.provideService(cli("apply", "-f", other, "--yes"), FakeControlPlane, plane)
      const { code, stderr } = yield* cli("apply", "-f", yield* fileOf(CONFIG), "--yes")
      assert.strictEqual(code, 1)
      assert.strictEqual(
        stderr,
        "Somebody else has changed the configuration meanwhile, revision 1 is in force: run the command again\n"
      )
    }).pipe(Effect.provide(layer))
  )

  it.live.each([
    ["y", 0, "1 change: 1 created, as revision 1\n", ""],
    ["n", 1, "", "Nothing was changed\n"]
  ] as const)("asks at a terminal, and does what is said: %s", ([key, code, last, stderr]) =>
    Effect.gen(function* () {
      const { url } = yield* FakeControlPlane
      const file = yield* fileOf("resource: { a: b }")
      const { err, layer: console, out } = captured()
      const env = { SPANGATE_CONTROL_URL: url, SPANGATE_ADMIN_TOKEN: ADMIN }
      const exit = yield* command(["apply", "-f", file], env, typing(key)).pipe(Effect.provide(console), Effect.exit)
      assert.strictEqual(exitCode(exit), code)
      assert.strictEqual(out.map((line) => `${line}\n`).join(""), `+ settings settings\n    resource.a: b\n${last}`)
      assert.strictEqual(err.map((line) => `${line}\n`).join(""), stderr)
    }).pipe(Effect.provide(layer))
  )

  it.live("wants somebody to say yes", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* cli("apply", "-f", yield* fileOf(CONFIG))
      assert.deepStrictEqual([code, stderr], [2, "There is no terminal to ask at: say --yes, or --dry-run\n"])
      assert.include((yield* cli("export")).stdout, "# Revision 0 ")
    }).pipe(Effect.provide(layer))
  )
})
