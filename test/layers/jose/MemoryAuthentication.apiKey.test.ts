import { hash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { layer } from "../../../src/layers/jose/MemoryAuthentication.ts"
import type { Principal } from "../../../src/services/config/CompiledConfig.ts"
import { Authentication } from "../../../src/services/gateway/Authentication.ts"
import { FakeJwks } from "./FakeJwks.ts"
import { configOf, jwtIssuer } from "./identityProvider.ts"

const KEY = "sk-spangate-4fzzzxjylrx"
const OTHER = "sk-spangate-other"
const alice: Principal = { subject: "user:alice", teams: ["ml"], mayUse: () => true }
const bob: Principal = { subject: "user:bob", teams: [], mayUse: () => false }
const config = configOf(
  [jwtIssuer()],
  [
    [hash("sha256", KEY), alice],
    [hash("sha256", OTHER), bob]
  ]
)

const authenticate = Effect.fnUntraced(function* (authorization?: string, apiKey?: string) {
  const authentication = yield* Authentication
  return yield* authentication.authenticate(config, authorization, apiKey)
})

const TestLayer = layer.pipe(Layer.provide(FakeJwks.layer))

describe("MemoryAuthentication, API keys", () => {
  it.effect.each([
    [`Bearer ${KEY}`, undefined],
    [`bearer ${KEY}`, undefined],
    [`BEARER   ${KEY}`, undefined],
    [`Bearer  ${KEY}`, undefined],
    [undefined, KEY],
    ["", KEY],
    [`Bearer ${KEY}`, OTHER],
    [`Bearer ${KEY}`, "wrong"]
  ])("lets in by %o, %o", ([authorization, apiKey]) =>
    Effect.gen(function* () {
      const { method, principal } = yield* authenticate(authorization, apiKey)
      assert.strictEqual(principal, alice)
      assert.strictEqual(method, "api_key")
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect.each([
    ["missing", undefined, undefined],
    ["missing", "", ""],
    ["missing", "Bearer", undefined],
    ["missing", "Bearer ", undefined],
    ["missing", "bearer   ", KEY],
    ["invalid_token", "Bearer wrong", undefined],
    ["invalid_token", undefined, "wrong"],
    ["invalid_token", "Bearer wrong", KEY],
    ["invalid_token", KEY, undefined],
    ["invalid_token", `Basic ${KEY}`, undefined],
    ["invalid_token", `Basic ${KEY}`, KEY],
    ["invalid_token", `Bearer${KEY}`, undefined],
    ["invalid_token", `Bearer ${KEY} ${KEY}`, undefined],
    ["invalid_token", `Bearer ${KEY}, Bearer ${KEY}`, undefined],
    ["invalid_token", `Bearer ${KEY} `, undefined],
    ["invalid_token", undefined, `${KEY}, ${KEY}`],
    ["invalid_token", `Bearer ${hash("sha256", KEY)}`, undefined],
    ["invalid_token", `Bearer ${"x".repeat(8193)}`, undefined]
  ] as const)("answers %s to %o, %o", ([reason, authorization, apiKey]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(authenticate(authorization, apiKey))
      assert.strictEqual(error.reason, reason)
      assert.notInclude(error.message, KEY)
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("says how to mend a header that is not one token", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(authenticate(`Bearer ${KEY} ${KEY}`))
      assert.include(error.message, "no spaces")
      assert.include((yield* Effect.flip(authenticate())).message, "x-api-key")
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("answers without suspending, and refuses with an error that was made before", () =>
    Effect.gen(function* () {
      const { authenticate } = yield* Authentication
      assert.isTrue(Exit.isExit(authenticate(config, `Bearer ${KEY}`, undefined)))
      assert.strictEqual(authenticate(config, undefined, undefined), authenticate(config, undefined, undefined))
      assert.strictEqual(authenticate(config, "Bearer a", undefined), authenticate(config, "Bearer b", undefined))
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("takes a token of 8 KiB, and hashes nothing longer", () =>
    Effect.gen(function* () {
      const { authenticate } = yield* Authentication
      const [longest, longer] = ["k".repeat(8192), "k".repeat(8193)]
      const both = configOf(
        [],
        [
          [hash("sha256", longest), alice],
          [hash("sha256", longer), alice]
        ]
      )
      yield* authenticate(both, `Bearer ${longest}`, undefined)
      assert.strictEqual(
        (yield* Effect.flip(authenticate(both, `Bearer ${longer}`, undefined))).reason,
        "invalid_token"
      )
      assert.strictEqual((yield* Effect.flip(authenticate(both, undefined, longer))).reason, "invalid_token")
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("reads the configuration it is given, and no other", () =>
    Effect.gen(function* () {
      const { authenticate } = yield* Authentication
      yield* authenticate(config, `Bearer ${KEY}`, undefined)
      const error = yield* Effect.flip(authenticate(configOf([], [], "r2"), `Bearer ${KEY}`, undefined))
      assert.strictEqual(error.reason, "invalid_token")
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect.prop(
    "no string gets in, throws, or comes back in a message",
    [Schema.String, Schema.String],
    ([authorization, apiKey]) =>
      Effect.gen(function* () {
        const { authenticate } = yield* Authentication
        for (const header of [undefined, authorization, `Bearer ${authorization}`, `Bearer eyJ.${authorization}.x`]) {
          const error = yield* Effect.flip(authenticate(config, header, apiKey))
          if (authorization.length > 8) assert.notInclude(error.message, authorization)
          assert.include(["missing", "invalid_token"], error.reason)
        }
      }).pipe(Effect.provide(TestLayer)),
    { arbitrary: { runs: 500 } }
  )
})
