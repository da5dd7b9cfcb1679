import { existsSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ask } from "./kit/ask.ts"
import { configFile, configuration, configure } from "./kit/configuration.ts"
import { serving, start } from "./kit/Program.ts"
import { temporaryDirectory } from "./kit/temporaryDirectory.ts"

const plain = configuration({ provider: "http://127.0.0.1:1", destinations: [] })

describe.concurrent("a start that is refused", () => {
  it.live("by a bad configuration: says file, place, path and reason, and touches nothing", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      configure(directory, plain.replace("model: openai/echo, weight: 1", "model: openai/ecko, weigth: 1"))
      const program = yield* start({ directory })
      assert.deepStrictEqual(yield* program.ended, { code: 1, signal: null })
      const problems = program.stderr().trimEnd().split("\n")
      assert.strictEqual(problems.length, 2, program.stderr())
      for (const problem of problems) assert.isTrue(problem.startsWith(`${configFile(directory)}:17:`), problem)
      assert.match(
        problems[0] ?? "",
        /:17:\d+ virtualModels\[0\]\.routing\.targets\[0\]\.model: names no model, did you mean "openai\/echo"\?$/
      )
      assert.match(
        problems[1] ?? "",
        /:17:\d+ virtualModels\[0\]\.routing\.targets\[0\]\.weigth: unknown key.*"weight"/
      )
      assert.strictEqual(program.stdout(), "")
      assert.isFalse(existsSync(`${directory}/data`))
    })
  )

  it.live("by a missing environment variable: names it", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      // A reference of the configuration's, not of this file's.
      configure(directory, plain.replace("apiKey: canary-openai-provider-key", `apiKey: $${"{E2E_NOT_SET}"}`))
      const program = yield* start({ directory })
      assert.deepStrictEqual(yield* program.ended, { code: 1, signal: null })
      assert.match(program.stderr(), /:7:\d+ providerAccounts\[0\]\.apiKey: .*E2E_NOT_SET/)
    })
  )

  it.live("by a port in use, or a spool in use: says so, and leaves the first program alone", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const elsewhere = yield* temporaryDirectory
      configure(directory, plain)
      configure(elsewhere, plain)
      const first = yield* serving({ directory })

      const samePort = yield* start({ directory: elsewhere, env: { SPANGATE_PORT: String(first.port) } })
      assert.deepStrictEqual(yield* samePort.ended, { code: 1, signal: null })
      assert.strictEqual(
        samePort.stderr(),
        `cannot listen on 127.0.0.1:${first.port}: the port is in use; choose another with SPANGATE_PORT\n`
      )
      assert.strictEqual(samePort.stdout(), "")

      const sameData = yield* start({ directory })
      assert.deepStrictEqual(yield* sameData.ended, { code: 1, signal: null })
      assert.strictEqual(sameData.stderr(), `The spool ${directory}/data/spool is in use by process ${first.pid}\n`)
      assert.strictEqual(sameData.stdout(), "")

      assert.strictEqual((yield* ask(first.url)).status, 502, "it answers: its provider does not")
    })
  )
})
