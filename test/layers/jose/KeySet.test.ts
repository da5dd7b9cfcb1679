import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { exportJWK, generateKeyPair } from "jose"
import { parseKeySet } from "../../../src/layers/jose/KeySet.ts"
import { jwksOf, signingKey } from "./identityProvider.ts"

const set = (...keys: ReadonlyArray<unknown>) => parseKeySet(JSON.stringify({ keys }))

describe("KeySet", () => {
  it.effect("finds a key by algorithm and id", () =>
    Effect.gen(function* () {
      const keys = yield* Effect.forEach(["RS256", "ES256", "EdDSA"], (algorithm) => signingKey(algorithm, algorithm))
      const { find } = yield* parseKeySet(jwksOf(...keys))
      for (const { algorithm } of keys) {
        assert.strictEqual(find(algorithm, algorithm)?.type, "public")
        assert.strictEqual(find(algorithm, undefined), find(algorithm, algorithm))
        assert.isUndefined(find(algorithm, "other"))
        assert.isUndefined(find("HS256", algorithm))
        assert.isUndefined(find("none", undefined))
      }
      assert.isUndefined(find("RS256", "ES256"))
    })
  )

  it.effect("gives none where two keys could be meant", () =>
    Effect.gen(function* () {
      const [a, b] = [yield* signingKey("ES256", "a"), yield* signingKey("ES256", "b")]
      const { find } = yield* parseKeySet(jwksOf(a, b))
      assert.isUndefined(find("ES256", undefined))
      assert.isDefined(find("ES256", "b"))
      const twice = yield* set({ ...a.jwk }, { ...b.jwk, kid: "a" })
      assert.isUndefined(twice.find("ES256", "a"))
    })
  )

  it.effect("ignores keys that cannot be used and keeps the others", () =>
    Effect.gen(function* () {
      const { jwk } = yield* signingKey("ES256", "good")
      const rsa = yield* signingKey("RS256", "rsa")
      const p384 = yield* signingKey("ES384", "p384")
      const { find, fingerprint } = yield* set(
        null,
        "text",
        { kty: "oct", kid: "oct", k: "c2VjcmV0" },
        { kty: "AKP", kid: "pq", alg: "ML-DSA-44", pub: "AAAA" },
        { kty: "EC", kid: "half", crv: "P-256", x: jwk.x },
        { ...jwk, kid: "off the curve", y: jwk.x },
        { ...jwk, kid: "encrypts", use: "enc" },
        { ...jwk, kid: "signs", key_ops: ["sign"] },
        { ...rsa.jwk, kid: "ps", alg: "PS256" },
        { ...rsa.jwk, kid: "short", n: Buffer.alloc(128, 255).toString("base64url") },
        p384.jwk,
        jwk
      )
      assert.isDefined(find("ES256", "good"))
      assert.deepStrictEqual(
        JSON.parse(fingerprint).map(({ kid }: { kid: string }) => kid),
        ["good"]
      )
    })
  )

  it.effect("needs neither alg nor use nor kid, and takes key_ops that verify", () =>
    Effect.gen(function* () {
      const { alg: _, kid: __, use: ___, ...bare } = (yield* signingKey("EdDSA", "k")).jwk
      assert.isDefined((yield* set(bare)).find("EdDSA", undefined))
      assert.isDefined((yield* set({ ...bare, key_ops: ["sign", "verify"] })).find("EdDSA", undefined))
    })
  )

  it.effect("drops a private part published by mistake", () =>
    Effect.gen(function* () {
      const { privateKey } = yield* Effect.promise(() => generateKeyPair("ES256", { extractable: true }))
      const jwk = yield* Effect.promise(() => exportJWK(privateKey))
      assert.isString(jwk.d)
      const { find, fingerprint } = yield* set(jwk)
      assert.strictEqual(find("ES256", undefined)?.type, "public")
      assert.notInclude(fingerprint, jwk.d ?? "")
    })
  )

  it.effect("has the same fingerprint for the same keys, and another for others", () =>
    Effect.gen(function* () {
      const [a, b] = [yield* signingKey("ES256", "a"), yield* signingKey("ES256", "b")]
      const first = yield* parseKeySet(jwksOf(a))
      const spaced = yield* parseKeySet(JSON.stringify({ extra: 1, keys: [a.jwk] }, null, 2))
      assert.strictEqual(first.fingerprint, spaced.fingerprint)
      assert.notStrictEqual(first.fingerprint, (yield* parseKeySet(jwksOf(a, b))).fingerprint)
      assert.notStrictEqual(first.fingerprint, (yield* set({ ...b.jwk, kid: "a" })).fingerprint)
    })
  )

  it.effect.each(["", "null", "[]", "{}", `{"keys":{}}`, `{"keys":[]}`, `{"keys":[{}]}`, "<html>", `{"keys":[`])(
    "refuses %s",
    (text) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* Effect.flip(parseKeySet(text)))._tag, "InvalidKeySet")
      })
  )

  it.effect("refuses more than a hundred keys", () =>
    Effect.gen(function* () {
      const { jwk } = yield* signingKey("ES256", "k")
      yield* set(...Array.from({ length: 100 }, (_, index) => ({ ...jwk, kid: String(index) })))
      yield* Effect.flip(set(...Array.from({ length: 101 }, (_, index) => ({ ...jwk, kid: String(index) }))))
    })
  )

  it.effect.prop(
    "no document breaks it",
    [Schema.Json, Schema.String],
    ([json, text]) =>
      Effect.gen(function* () {
        yield* Effect.exit(parseKeySet(text))
        for (const key of [
          json,
          { kty: "EC", crv: "P-256", x: text, y: text, kid: json },
          { kty: "RSA", n: text, e: text }
        ]) {
          const error = yield* Effect.flip(set(key))
          assert.strictEqual(error._tag, "InvalidKeySet")
        }
      }),
    { arbitrary: { runs: 50 } }
  )
})
