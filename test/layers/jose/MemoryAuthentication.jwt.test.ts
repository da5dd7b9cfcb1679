import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { layer } from "../../../src/layers/jose/MemoryAuthentication.ts"
import { Authentication } from "../../../src/services/gateway/Authentication.ts"
import { FakeJwks, publish } from "./FakeJwks.ts"
import { configOf, ISSUER, jwtIssuer, NOW, sign, signingKey } from "./identityProvider.ts"

const TestLayer = layer.pipe(Layer.provideMerge(FakeJwks.layer))

const config = configOf([jwtIssuer()])
const onlyEs256 = configOf([jwtIssuer({ algorithms: ["ES256"] })])

const authenticate = Effect.fnUntraced(function* (token: string, against = config) {
  const authentication = yield* Authentication
  return yield* authentication.authenticate(against, `Bearer ${token}`, undefined)
})

/** What is said to a token; also that nothing of the token is in it. */
const refusalOf = Effect.fnUntraced(function* (token: string, against = config) {
  const error = yield* Effect.flip(authenticate(token, against))
  for (const part of token.split(".")) if (part !== "") assert.notInclude(error.message, part)
  assert.strictEqual(error.method, "jwt")
  return error
})

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")

describe("MemoryAuthentication, JWTs", () => {
  it.effect.each(["RS256", "ES256", "EdDSA"])("lets in by a token signed with %s", (algorithm) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW * 1000)
      const key = yield* signingKey(algorithm, "k1")
      yield* publish(key)
      const { method, principal } = yield* authenticate(yield* sign(key))
      assert.strictEqual(method, "jwt")
      assert.strictEqual(principal.subject, "user:alice")
      assert.deepStrictEqual(principal.teams, ["ml", "eu"])
      assert.isTrue(principal.mayUse("prod/chat"))
      assert.isFalse(principal.mayUse("prod/other"))
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("takes the subject and teams from the claims the issuer is configured with", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW * 1000)
      const key = yield* signingKey("ES256", "k1")
      yield* publish(key)
      const named = configOf([jwtIssuer({ subjectClaim: "https://acme.io/email", teamsClaim: "roles" })])
      const token = yield* sign(key, { "https://acme.io/email": "alice@acme.io", roles: ["a", 1, null, "b"] })
      const { principal } = yield* authenticate(token, named)
      assert.strictEqual(principal.subject, "alice@acme.io")
      assert.deepStrictEqual(principal.teams, ["a", "b"])
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("lets the configuration add to what a subject and its teams may use", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW * 1000)
      const key = yield* signingKey("ES256", "k1")
      yield* publish(key)
      const issuer = jwtIssuer({
        principal: (subject, teams) => ({ subject, teams: [...teams, "added"], mayUse: (model) => model === "eu/chat" })
      })
      const { principal } = yield* authenticate(yield* sign(key), configOf([issuer]))
      assert.deepStrictEqual([principal.subject, principal.teams], ["user:alice", ["ml", "eu", "added"]])
      assert.isTrue(principal.mayUse("eu/chat"))
      assert.isFalse(principal.mayUse("prod/chat"))
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("accepts an audience among several, and a token without a key id where one key alone can be meant", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW * 1000)
      const rsa = yield* signingKey("RS256", "k1")
      const ec = yield* signingKey("ES256", "k2")
      yield* publish(rsa, ec)
      yield* authenticate(yield* sign(ec, { aud: ["other", "spangate"] }, { kid: undefined }))
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("refuses every confusion of algorithms and keys", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW * 1000)
      const rsa = yield* signingKey("RS256", "rsa")
      const ec = yield* signingKey("ES256", "ec")
      const attacker = yield* signingKey("RS256", "rsa")
      yield* publish(rsa, ec)
      const good = yield* sign(rsa)
      yield* authenticate(good)
      const [header, payload, signature] = good.split(".")
      const hmac = yield* sign({ algorithm: "HS256", kid: "rsa", privateKey: new TextEncoder().encode(rsa.pem) })
      const ps256 = yield* signingKey("PS256", "rsa")
      const forged = yield* signingKey("ES256", "ec")

      for (const [what, token, message, against] of [
        ["HS256 with the public key", hmac, "algorithm"],
        ["alg none, no signature", `${base64url({ alg: "none", kid: "rsa" })}.${payload}.`, "algorithm"],
        ["alg None", `${base64url({ alg: "None", kid: "rsa" })}.${payload}.${signature}`, "algorithm"],
        ["alg none, signed", `${base64url({ alg: "none" })}.${payload}.${signature}`, "algorithm"],
        ["alg missing", `${base64url({ kid: "rsa" })}.${payload}.${signature}`, "issuer"],
        ["PS256", yield* sign(ps256), "algorithm"],
        ["RS256 where only ES256 is allowed", good, "algorithm", onlyEs256],
        ["the other key's id", yield* sign(rsa, {}, { kid: "ec" }), "`kid`"],
        ["an unknown id", yield* sign(rsa, {}, { kid: "k9" }), "`kid`"],
        ["another's key under the id", yield* sign(attacker), "signature"],
        ["another's ES256 key under the id", yield* sign(forged), "signature"],
        ["its own key in the header", yield* sign(attacker, {}, { jwk: attacker.jwk, kid: undefined }), "signature"],
        ["a changed payload", `${header}.${base64url({ iss: ISSUER, sub: "root" })}.${signature}`, "signature"],
        ["a cut signature", good.slice(0, -1), "signature"],
        ["no signature", `${header}.${payload}.`, "signature"],
        [
          "another token's signature",
          `${header}.${payload}.${(yield* sign(rsa, { sub: "bob" })).split(".")[2]}`,
          "signature"
        ]
      ] as const) {
        const error = yield* Effect.flip(authenticate(token, against))
        assert.strictEqual(error.reason, "invalid_token", what)
        if (what !== "alg missing") assert.include(error.message, message, what)
      }
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("refuses a token for another audience, of another issuer, or without what it must have", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW * 1000)
      const key = yield* signingKey("ES256", "k1")
      yield* publish(key)
      for (const [claims, message] of [
        [{ iss: "https://evil.io" }, "`iss`"],
        [{ iss: undefined }, "`iss`"],
        [{ iss: [ISSUER] }, "`iss`"],
        [{ aud: "other" }, "`aud`"],
        [{ aud: ["a", "b"] }, "`aud`"],
        [{ aud: undefined }, "`aud`"],
        [{ exp: undefined }, "`exp`"],
        [{ exp: "tomorrow" }, "`exp`"],
        [{ sub: undefined }, "subject"],
        [{ sub: "" }, "subject"],
        [{ sub: 7 }, "subject"]
      ] as const) {
        const error = yield* refusalOf(yield* sign(key, claims))
        assert.strictEqual(error.reason, "invalid_token", JSON.stringify(claims))
        assert.include(error.message, message)
      }
      const inherited = configOf([jwtIssuer({ subjectClaim: "constructor" })])
      assert.include((yield* refusalOf(yield* sign(key), inherited)).message, "subject")
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect.each([
    ["expired 20 s ago", { exp: NOW - 20 }, undefined],
    ["expired 40 s ago", { exp: NOW - 40 }, "expired"],
    ["valid in 20 s", { nbf: NOW + 20 }, undefined],
    ["valid in 40 s", { nbf: NOW + 40 }, "invalid_token"]
  ] as const)("allows clocks to be 30 s apart: %s", ([_, claims, reason]) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW * 1000)
      const key = yield* signingKey("ES256", "k1")
      yield* publish(key)
      const token = yield* sign(key, claims)
      if (reason === undefined) yield* authenticate(token)
      else assert.strictEqual((yield* refusalOf(token)).reason, reason)
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("answers unavailable while there are no keys, and asks for a refresh only for an unknown key", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW * 1000)
      const fake = yield* FakeJwks
      const [k1, k2] = [yield* signingKey("ES256", "k1"), yield* signingKey("ES256", "k2")]
      assert.strictEqual((yield* refusalOf(yield* sign(k1))).reason, "unavailable")
      yield* publish(k1)
      yield* authenticate(yield* sign(k1))
      assert.deepStrictEqual(fake.asked, [])
      assert.strictEqual((yield* refusalOf(yield* sign(k2))).reason, "invalid_token")
      assert.deepStrictEqual(fake.asked, [ISSUER])
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect.prop(
    "no header, payload or signature gets in or throws",
    [Schema.Json, Schema.Json, Schema.String],
    ([header, payload, signature]) =>
      Effect.gen(function* () {
        const { authenticate } = yield* Authentication
        const fields = { alg: "ES256", iss: ISSUER, aud: "spangate", sub: "a", exp: NOW }
        for (const [head, body] of [
          [header, payload],
          [
            { ...fields, kid: header },
            { ...fields, extra: payload }
          ],
          [
            { ...fields, crit: header },
            { ...fields, exp: payload }
          ],
          [{ alg: header }, { iss: payload }]
        ]) {
          const token = `${base64url(head)}.${base64url(body)}.${Buffer.from(signature).toString("base64url")}`
          yield* Effect.flip(authenticate(config, `Bearer ${token}`, undefined))
        }
      }).pipe(Effect.provide(Layer.provideMerge(layer, PublishedKeys))),
    { arbitrary: { runs: 200 } }
  )
})

const PublishedKeys = Layer.effectDiscard(Effect.flatMap(signingKey("ES256", "k1"), (key) => publish(key))).pipe(
  Layer.provideMerge(FakeJwks.layer)
)
