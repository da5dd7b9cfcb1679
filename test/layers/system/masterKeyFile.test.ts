import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SystemMasterKey from "../../../src/layers/system/SystemMasterKey.ts"
import { MasterKey } from "../../../src/services/config/MasterKey.ts"
import { temporaryDirectory } from "../sqlite/temporaryDirectory.ts"

const keyIn = (directory: string, env: { readonly [name: string]: string } = {}) =>
  Effect.provide(
    MasterKey,
    SystemMasterKey.layerWithFile(directory).pipe(
      Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord(env)))
    ),
    { local: true }
  )

const secret = Buffer.from("sk-canary")

describe("a key file", () => {
  it.live("is made once, for its owner only, by whichever of several that start at once", () =>
    Effect.gen(function* () {
      const data = join(yield* temporaryDirectory, "deep", "data")
      const keys = yield* Effect.all(
        Array.from({ length: 8 }, () => keyIn(data)),
        { concurrency: "unbounded" }
      )
      const [first] = keys
      for (const key of keys) assert.isDefined(key.open("n", first!.seal("n", secret)))
      assert.isDefined((yield* keyIn(data)).open("n", first!.seal("n", secret)))
      assert.deepStrictEqual(readdirSync(data), ["master.key"])
      assert.strictEqual(statSync(join(data, "master.key")).mode & 0o777, 0o600)
    })
  )

  it.live("is not made where the environment has the key", () =>
    Effect.gen(function* () {
      const data = yield* temporaryDirectory
      yield* keyIn(data, { SPANGATE_MASTER_KEY: "a-master-key-of-32-characters-or-more" })
      assert.isFalse(existsSync(join(data, "master.key")))
    })
  )

  it.live("that is damaged or cannot be read is told, and stays as it is", () =>
    Effect.gen(function* () {
      const data = yield* temporaryDirectory
      const file = join(data, "master.key")
      yield* keyIn(data)
      const whole = readFileSync(file, "latin1")
      for (const damaged of ["", whole.slice(0, 40), `${whole}x`, whole.replace(/^./, "\u0000")]) {
        writeFileSync(file, damaged)
        const { message } = yield* Effect.flip(keyIn(data))
        assert.include(message, `${file} is damaged`)
        assert.notInclude(message, whole.slice(1, 20))
        assert.strictEqual(readFileSync(file, "latin1"), damaged)
      }
      const nowhere = yield* Effect.flip(keyIn(join(file, "below")))
      assert.match(nowhere.message, /master\.key cannot be read or made \(ENOTDIR\)/)
    })
  )
})
