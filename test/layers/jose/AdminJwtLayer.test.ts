import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import * as AdminJwtLayer from "../../../src/layers/jose/AdminJwtLayer.ts"
import { JwksFetch, JwksFetchError } from "../../../src/layers/jose/JwksFetch.ts"
import { AdminJwt } from "../../../src/services/api/AdminJwt.ts"
import type { AdminIssuer } from "../../../src/services/config/CompiledConfig.ts"
import { AUDIENCE, ISSUER, jwksOf, NOW, sign, signingKey } from "./identityProvider.ts"

const issuer: AdminIssuer = {
  issuer: ISSUER,
  audience: AUDIENCE,
  jwksUrl: "https://idp.acme.io/jwks.json",
  algorithms: ["ES256"],
  subjectClaim: "sub",
  rolesClaim: "roles"
}
const issuers = new Map([[ISSUER, issuer]])

/** An issuer whose keys a test may change, or take away. */
const idp = { document: undefined as string | undefined, fetches: 0 }
const layer = AdminJwtLayer.layer.pipe(
  Layer.provide(
    Layer.succeed(JwksFetch, {
      fetch: () => {
        idp.fetches += 1
        return idp.document === undefined
          ? Effect.fail(new JwksFetchError({ message: "away" }))
          : Effect.succeed(idp.document)
      }
    })
  )
)

const verify = (token: string, of = issuers) => Effect.flatMap(AdminJwt, (jwt) => jwt.verify(token, of))

const ready = Effect.gen(function* () {
  yield* TestClock.setTime(NOW * 1000)
  const key = yield* signingKey("ES256", "k1")
  idp.document = jwksOf(key)
  idp.fetches = 0
  return key
})

describe("JWTs of those who operate", () => {
  it.effect("have the highest role that they name, and one fetch serves many", () =>
    Effect.gen(function* () {
      const key = yield* ready
      const rows = [
        [["viewer", "admin", "other"], "admin"],
        [["editor"], "editor"],
        ["viewer", "viewer"]
      ] as const
      for (const [roles, role] of rows) {
        const admin = yield* verify(yield* sign(key, { roles }))
        assert.deepStrictEqual(admin, { subject: "user:alice", role, issuer: ISSUER, expiresAt: (NOW + 3600) * 1000 })
      }
      assert.strictEqual(idp.fetches, 1)
    }).pipe(Effect.provide(layer, { local: true }))
  )

  it.effect("are refused for every other reason, and quoted by none", () =>
    Effect.gen(function* () {
      const key = yield* ready
      const other = yield* signingKey("ES256", "k1")
      const rows = [
        [yield* sign(key, { roles: ["owner"] }), /names none of the roles/],
        [yield* sign(key, {}), /names none of the roles/],
        [yield* sign(key, { roles: "admin", iss: "https://evil.test" }), /no admin issuer/],
        [yield* sign(key, { roles: "admin", aud: "other" }), /somebody else/],
        [yield* sign(key, { roles: "admin", exp: NOW - 100 }), /expired/],
        [yield* sign(other, { roles: "admin" }), /signature/],
        [yield* sign(yield* signingKey("RS256", "r"), { roles: "admin" }), /algorithm/],
        [yield* sign(yield* signingKey("ES256", "k9"), { roles: "admin" }), /not among its issuer's/],
        ["a.b", /no JWT/]
      ] as const
      for (const [token, says] of rows) {
        const { message, reason } = yield* Effect.flip(verify(token))
        assert.match(message, says)
        assert.strictEqual(reason, "refused")
        assert.notInclude(message, token.slice(0, 20))
      }
    }).pipe(Effect.provide(layer, { local: true }))
  )

  it.effect("with a key that is new make one fetch, in ten seconds, however many come", () =>
    Effect.gen(function* () {
      const key = yield* ready
      yield* verify(yield* sign(key, { roles: "admin" }))
      const next = yield* signingKey("ES256", "k2")
      idp.document = jwksOf(next)
      const token = yield* sign(next, { roles: "admin" })
      yield* Effect.flip(verify(token))
      yield* Effect.flip(verify(token))
      assert.strictEqual(idp.fetches, 1)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* verify(token)).role, "admin")
      assert.strictEqual(idp.fetches, 2)
    }).pipe(Effect.provide(layer, { local: true }))
  )

  it.effect("are checked by new keys also after the clock was put back", () =>
    Effect.gen(function* () {
      const key = yield* ready
      yield* TestClock.setTime((NOW + 4 * 365 * 86_400) * 1000)
      const document = idp.document
      idp.document = undefined
      assert.strictEqual((yield* Effect.flip(verify(yield* sign(key, { roles: "admin" })))).reason, "unavailable")
      yield* TestClock.setTime(NOW * 1000)
      idp.document = document
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* verify(yield* sign(key, { roles: "admin" }))).role, "admin")
    }).pipe(Effect.provide(layer, { local: true }))
  )

  it.effect("hold on while the issuer is away, for a day, and are nobody's before it ever answered", () =>
    Effect.gen(function* () {
      const key = yield* ready
      const token = yield* sign(key, { roles: "admin", exp: NOW + 200_000 })
      const document = idp.document
      idp.document = undefined
      assert.strictEqual((yield* Effect.flip(verify(token))).reason, "unavailable")
      idp.document = document
      yield* TestClock.adjust("10 seconds")
      yield* verify(token)
      idp.document = undefined
      yield* TestClock.adjust("23 hours")
      assert.strictEqual((yield* verify(token)).role, "admin")
      yield* TestClock.adjust("2 hours")
      assert.strictEqual((yield* Effect.flip(verify(token))).reason, "unavailable")
    }).pipe(Effect.provide(layer, { local: true }))
  )
})
