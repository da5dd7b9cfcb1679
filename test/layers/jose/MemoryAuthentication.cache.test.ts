import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { layer } from "../../../src/layers/jose/MemoryAuthentication.ts"
import { Authentication } from "../../../src/services/gateway/Authentication.ts"
import { FakeJwks, publish } from "./FakeJwks.ts"
import { configOf, jwtIssuer, NOW, sign, signingKey } from "./identityProvider.ts"

const TestLayer = layer.pipe(Layer.provideMerge(FakeJwks.layer))

const config = configOf([jwtIssuer()])

/** An answer from the cache is there at once; a verification suspends. */
const isCached = (token: string, against = config) =>
  Effect.map(Authentication, ({ authenticate }) => Exit.isExit(authenticate(against, `Bearer ${token}`, undefined)))

const authenticate = (token: string, against = config) =>
  Effect.flatMap(Authentication, ({ authenticate }) => authenticate(against, `Bearer ${token}`, undefined))

const begin = Effect.fnUntraced(function* () {
  yield* TestClock.setTime(NOW * 1000)
  const key = yield* signingKey("ES256", "k1")
  yield* publish(key)
  return key
})

describe("MemoryAuthentication, verified tokens", () => {
  it.effect("verifies a token once in five minutes", () =>
    Effect.gen(function* () {
      const token = yield* sign(yield* begin())
      assert.isFalse(yield* isCached(token))
      const first = yield* authenticate(token)
      assert.isTrue(yield* isCached(token))
      assert.strictEqual(yield* authenticate(token), first)
      yield* TestClock.adjust(299_999)
      assert.isTrue(yield* isCached(token))
      yield* TestClock.adjust(1)
      assert.isFalse(yield* isCached(token))
      yield* authenticate(token)
      assert.isTrue(yield* isCached(token))
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("ends an entry with its token", () =>
    Effect.gen(function* () {
      const token = yield* sign(yield* begin(), { exp: NOW + 60 })
      yield* authenticate(token)
      yield* TestClock.adjust(59_999)
      assert.isTrue(yield* isCached(token))
      yield* TestClock.adjust(1)
      assert.isFalse(yield* isCached(token))
      yield* authenticate(token)
      assert.isFalse(yield* isCached(token))
      yield* TestClock.adjust("31 seconds")
      assert.strictEqual((yield* Effect.flip(authenticate(token))).reason, "expired")
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("drops entries when the configuration changes", () =>
    Effect.gen(function* () {
      const token = yield* sign(yield* begin())
      yield* authenticate(token)
      const stricter = configOf([jwtIssuer({ mayUse: () => false })], [], "r2")
      assert.isFalse(yield* isCached(token, stricter))
      assert.isFalse((yield* authenticate(token, stricter)).principal.mayUse("prod/chat"))
      const without = configOf([], [], "r3")
      assert.strictEqual((yield* Effect.flip(authenticate(token, without))).reason, "invalid_token")
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("goes by the issuer itself, not by the name of the revision", () =>
    Effect.gen(function* () {
      const token = yield* sign(yield* begin())
      yield* authenticate(token)
      const sameName = configOf([jwtIssuer({ algorithms: ["RS256"] })])
      assert.strictEqual(sameName.revision, config.revision)
      assert.strictEqual((yield* Effect.flip(authenticate(token, sameName))).reason, "invalid_token")
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("does not keep what was verified under a configuration that has gone", () =>
    Effect.gen(function* () {
      const token = yield* sign(yield* begin())
      const { authenticate } = yield* Authentication
      const verifying = authenticate(config, `Bearer ${token}`, undefined)
      const next = configOf([jwtIssuer()], [], "r2")
      yield* Effect.flip(authenticate(next, "Bearer x", undefined))
      yield* verifying
      assert.isFalse(yield* isCached(token, next))
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("refuses a token verified before its key was withdrawn", () =>
    Effect.gen(function* () {
      const [old, next] = [yield* begin(), yield* signingKey("ES256", "k2")]
      const token = yield* sign(old)
      yield* authenticate(token)
      yield* publish(old, next)
      assert.isFalse(yield* isCached(token))
      yield* authenticate(token)
      yield* publish(next)
      assert.strictEqual((yield* Effect.flip(authenticate(token))).reason, "invalid_token")
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("answers unavailable, cached or not, once the keys are too old", () =>
    Effect.gen(function* () {
      const token = yield* sign(yield* begin())
      yield* authenticate(token)
      const fake = yield* FakeJwks
      fake.keys = undefined
      assert.strictEqual((yield* Effect.flip(authenticate(token))).reason, "unavailable")
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("keeps no refusal: a token refused once is looked at again", () =>
    Effect.gen(function* () {
      const [_, next] = [yield* begin(), yield* signingKey("ES256", "k2")]
      const token = yield* sign(next)
      yield* Effect.flip(authenticate(token))
      yield* publish(next)
      yield* authenticate(token)
    }).pipe(Effect.provide(TestLayer))
  )
})
