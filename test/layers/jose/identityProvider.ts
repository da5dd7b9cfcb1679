import * as Effect from "effect/Effect"
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose"
import type { CompiledConfig, JwtIssuer, Principal } from "../../../src/services/config/CompiledConfig.ts"

export const ISSUER = "https://idp.acme.io"
export const AUDIENCE = "spangate"
/** Unix seconds: when the tests begin. */
export const NOW = 1_800_000_000

export interface SigningKey {
  readonly algorithm: string
  readonly kid: string
  readonly jwk: JWK
  readonly pem: string
  readonly privateKey: CryptoKey
}

export const signingKey = (algorithm: string, kid: string): Effect.Effect<SigningKey> =>
  Effect.promise(async () => {
    const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
    const jwk = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: "sig" }
    return { algorithm, kid, jwk, pem: await exportSPKI(publicKey), privateKey }
  })

export const jwksOf = (...keys: ReadonlyArray<SigningKey>): string =>
  JSON.stringify({ keys: keys.map(({ jwk }) => jwk) })

export const goodClaims: JWTPayload = {
  iss: ISSUER,
  aud: AUDIENCE,
  sub: "user:alice",
  groups: ["ml", "eu"],
  exp: NOW + 3600
}

/** A token of that key; what is undefined in `claims` or `header` is left out. */
export const sign = (
  key: Pick<SigningKey, "algorithm" | "kid"> & { readonly privateKey: CryptoKey | Uint8Array },
  claims: { readonly [name: string]: unknown } = {},
  header: { readonly [name: string]: unknown } = {}
): Effect.Effect<string> =>
  Effect.promise(() =>
    new SignJWT(JSON.parse(JSON.stringify({ ...goodClaims, ...claims })))
      .setProtectedHeader(JSON.parse(JSON.stringify({ alg: key.algorithm, kid: key.kid, ...header })))
      .sign(key.privateKey)
  )

export const jwtIssuer = (over: Partial<JwtIssuer> = {}): JwtIssuer => ({
  issuer: ISSUER,
  audience: AUDIENCE,
  jwksUrl: "https://idp.acme.io/jwks.json",
  algorithms: ["RS256", "ES256", "EdDSA"],
  subjectClaim: "sub",
  teamsClaim: "groups",
  mayUse: (model) => model === "prod/chat",
  ...over
})

export const configOf = (
  issuers: ReadonlyArray<JwtIssuer>,
  tokens: ReadonlyArray<readonly [sha256: string, Principal]> = [],
  revision = "r1"
): CompiledConfig => ({
  revision,
  capture: "full",
  maxBodyBytes: 1024 * 1024,
  resource: {},
  routes: new Map(),
  tokens: new Map(tokens),
  jwtIssuers: new Map(issuers.map((issuer) => [issuer.issuer, issuer])),
  destinations: []
})
