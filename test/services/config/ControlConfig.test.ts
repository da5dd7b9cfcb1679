import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { ControlConfig } from "../../../src/services/config/ControlConfig.ts"

const read = (env: Record<string, string>) =>
  ControlConfig.pipe(Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnvRecord(env)))

describe("ControlConfig", () => {
  it.effect("takes an empty secret for one that is not set", () =>
    Effect.gen(function* () {
      for (const env of [{}, { SPANGATE_ADMIN_TOKEN: "", SPANGATE_POSTGRES_URL: "", SPANGATE_CLICKHOUSE_URL: "" }]) {
        const { adminToken, clickhouseUrl, postgresUrl } = yield* read(env)
        assert.deepStrictEqual([adminToken, clickhouseUrl, postgresUrl].filter(Option.isSome), [])
      }
    })
  )

  it.effect("refuses an admin token that can be guessed, and does not repeat it", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(read({ SPANGATE_ADMIN_TOKEN: "hunter2-hunter2" }))
      assert.include(error.message, "SPANGATE_ADMIN_TOKEN must have 16 characters or more")
      assert.notInclude(error.message + String(error) + JSON.stringify(error), "hunter2")
      const { adminToken } = yield* read({ SPANGATE_ADMIN_TOKEN: "hunter2-hunter2-" })
      assert.strictEqual(Redacted.value(Option.getOrThrow(adminToken)), "hunter2-hunter2-")
    })
  )
})
