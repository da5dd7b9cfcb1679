import { createHash } from "node:crypto"
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { firstRun } from "../../../src/layers/yaml/firstRun.ts"
import { parseGatewayConfig } from "../../../src/layers/yaml/parseGatewayConfig.ts"

const temporaryDirectory = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "spangate-"))),
  (directory) => Effect.promise(() => rm(directory, { recursive: true }))
)

const textOf = (file: string) => Effect.promise(() => readFile(file, "utf8"))

describe("firstRun", () => {
  it.effect("writes a configuration that lets the tokens in, and nobody else read it", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryDirectory, "new", "spangate.yaml")
      const { access, admin } = (yield* firstRun(file))!
      assert.match(access, /^sg-[\w-]{43}$/)
      assert.match(admin, /^sga-[\w-]{43}$/)

      const text = yield* textOf(file)
      assert.notInclude(text, access)
      assert.notInclude(text, admin)
      assert.strictEqual((yield* Effect.promise(() => stat(file))).mode & 0o777, 0o600)

      const result = parseGatewayConfig(text, { file, env: {}, fakeOrigin: "http://127.0.0.1:1" })
      const config = Result.getOrThrow(result)
      assert.deepStrictEqual([...config.routes.keys()], ["demo/echo", "demo/chat"])
      assert.deepStrictEqual(config.destinations, [])
      const principal = config.tokens.get(createHash("sha256").update(access).digest("hex"))
      assert.strictEqual(principal?.subject, "user:me")
      assert.isTrue(principal?.mayUse("demo/chat"))
      assert.include(text, createHash("sha256").update(admin).digest("hex"))
    })
  )

  it.effect("has examples in its comments that hold once they are wanted", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryDirectory, "spangate.yaml")
      yield* firstRun(file)
      const text = (yield* textOf(file))
        .replace(/^ {2}destinations: \[\]\n/m, "")
        .replace(/^( *)# (?=( *)(-|\w+:))/gm, "$1")
      const config = Result.getOrThrow(
        parseGatewayConfig(text, {
          file,
          env: { NAME: "", OPENAI_API_KEY: "sk", MIDDLEWARE_API_KEY: "mw" },
          fakeOrigin: "http://127.0.0.1:1"
        })
      )
      assert.isTrue(config.routes.has("openai-main/gpt-4o-mini"))
      assert.deepStrictEqual(
        config.destinations.map(({ name }) => name),
        ["middleware"]
      )
    })
  )

  it.effect("makes another token each time", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      assert.notDeepEqual(yield* firstRun(join(directory, "a.yaml")), yield* firstRun(join(directory, "b.yaml")))
    })
  )

  it.effect("leaves an existing file as it is", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryDirectory, "spangate.yaml")
      yield* Effect.promise(() => writeFile(file, "# mine"))
      assert.isUndefined(yield* firstRun(file))
      assert.strictEqual(yield* textOf(file), "# mine")
    })
  )

  it.effect("lets one of many at the same time win", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryDirectory, "spangate.yaml")
      const tokens = yield* Effect.all(
        Array.from({ length: 8 }, () => firstRun(file)),
        { concurrency: 8 }
      )
      const given = tokens.filter((token) => token !== undefined)
      assert.strictEqual(given.length, 1)
      assert.include(yield* textOf(file), createHash("sha256").update(given[0]!.access).digest("hex"))
    })
  )

  it.effect("says what to do where it cannot write", () =>
    Effect.gen(function* () {
      const blocked = join(yield* temporaryDirectory, "file")
      yield* Effect.promise(() => writeFile(blocked, ""))
      const file = join(blocked, "deeper", "spangate.yaml")
      const error = yield* Effect.flip(firstRun(file))
      assert.strictEqual(
        error.message,
        `${file} does not exist and cannot be written, set SPANGATE_CONFIG to a path that can be`
      )
    })
  )
})
