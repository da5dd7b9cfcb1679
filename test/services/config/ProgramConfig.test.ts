import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import { ProgramConfig } from "../../../src/services/config/ProgramConfig.ts"

const read = (env: Record<string, string>) =>
  ProgramConfig.pipe(Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnvRecord(env)))

const defaults = { config: "./spangate.yaml", data: "./.spangate", host: "127.0.0.1", port: 8787, controlPort: 8788 }

describe("ProgramConfig", () => {
  it.effect("has a default for everything", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* read({}), defaults)
    })
  )

  it.effect("takes an empty variable for one that is not set", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* read({ SPANGATE_PORT: "", SPANGATE_HOST: "", SPANGATE_CONFIG: "" }), defaults)
    })
  )

  it.effect("reads the environment", () =>
    Effect.gen(function* () {
      const config = yield* read({
        SPANGATE_CONFIG: "/etc/spangate.yaml",
        SPANGATE_DATA: "/var/lib/spangate",
        SPANGATE_HOST: "0.0.0.0",
        SPANGATE_PORT: "0",
        SPANGATE_CONTROL_PORT: "65535"
      })
      assert.deepStrictEqual(config, {
        config: "/etc/spangate.yaml",
        data: "/var/lib/spangate",
        host: "0.0.0.0",
        port: 0,
        controlPort: 65_535
      })
    })
  )

  for (const port of ["http", "65536", "-1", "80.5", "1e3", " 80"]) {
    it.effect(`refuses ${JSON.stringify(port)} as a port, and names the variable`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(read({ SPANGATE_CONTROL_PORT: port }))
        assert.include(error.message, "SPANGATE_CONTROL_PORT must be a port, a whole number from 0 to 65535")
      })
    )
  }
})
