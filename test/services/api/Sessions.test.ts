import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as SystemMasterKey from "../../../src/layers/system/SystemMasterKey.ts"
import type { Credential } from "../../../src/services/api/Admins.ts"
import { Sessions } from "../../../src/services/api/Sessions.ts"

const keyed = (key: string) =>
  Sessions.layer.pipe(
    Layer.provide(SystemMasterKey.layer),
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord({ SPANGATE_MASTER_KEY: key })))
  )

const KEY = "a-master-key-a-master-key-a-master-key"
const NOW = 1_800_000_000_000
const HOURS_12 = 12 * 3_600_000
const credential: Credential = { actor: "token:ci", role: "editor", source: { type: "token", sha256: "ab" } }

describe("sessions", () => {
  it.effect("are read by whoever has the key, until they end", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      const { cookie, csrf, expiresAt } = sessions.issue(credential, NOW)
      assert.strictEqual(expiresAt, NOW + HOURS_12)
      const read = Option.getOrThrow(sessions.read(cookie, NOW + HOURS_12 - 1))
      assert.deepInclude(read.credential, credential)
      assert.strictEqual(read.csrf, csrf)
      assert.isTrue(Option.isNone(sessions.read(cookie, NOW + HOURS_12)))
      assert.notInclude(Buffer.from(cookie, "base64url").toString("latin1"), "token:ci")
    }).pipe(Effect.provide(keyed(KEY)))
  )

  it.effect("outlive a restart, and no other key", () =>
    Effect.gen(function* () {
      const issue = Effect.map(Sessions, (sessions) => sessions.issue(credential, NOW).cookie)
      const cookie = yield* Effect.provide(issue, keyed(KEY), { local: true })
      const read = Effect.map(Sessions, (sessions) => Option.isSome(sessions.read(cookie, NOW)))
      assert.isTrue(yield* Effect.provide(read, keyed(KEY), { local: true }))
      assert.isTrue(yield* Effect.provide(read, keyed(`${KEY}-the-next-one,${KEY}`), { local: true }))
      assert.isFalse(yield* Effect.provide(read, keyed(`${KEY}-the-next-one`), { local: true }))
    })
  )

  it.effect("are none here once they were ended, however the cookie is spelled", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      const [ended, other] = [sessions.issue(credential, NOW), sessions.issue(credential, NOW)]
      sessions.end(ended.csrf)
      for (const spelled of [ended.cookie, `${ended.cookie}=`, `${ended.cookie}==`, `${ended.cookie}\n`]) {
        assert.isTrue(Option.isNone(sessions.read(spelled, NOW)), JSON.stringify(spelled.slice(-2)))
      }
      assert.isTrue(Option.isSome(sessions.read(other.cookie, NOW)))
    }).pipe(Effect.provide(keyed(KEY)))
  )

  it.effect("end with the JWT that opened them, and each has a CSRF value of its own", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      const short = sessions.issue({ ...credential, expiresAt: NOW + 1000 }, NOW)
      assert.strictEqual(short.expiresAt, NOW + 1000)
      assert.notStrictEqual(sessions.issue(credential, NOW).csrf, sessions.issue(credential, NOW).csrf)
    }).pipe(Effect.provide(keyed(KEY)))
  )
})
