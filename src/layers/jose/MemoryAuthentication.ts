import { hash } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { CompiledConfig } from "../../services/config/CompiledConfig.ts"
import { type Authenticated, Authentication, type NotAuthenticated } from "../../services/gateway/Authentication.ts"
import { bearerToken } from "./bearerToken.ts"
import { Jwks } from "./Jwks.ts"
import { readJwt, type VerifiedJwt, verifyJwt } from "./jwt.ts"
import * as refusals from "./refusals.ts"
import { type VerifiedToken, VerifiedTokens } from "./VerifiedTokens.ts"

/** About 10 MB when full. */
const CACHED_TOKENS = 10_000
const CACHED_FOR_MS = 5 * 60 * 1000

const ONE_TOKEN = /^[!-+\--~]+$/

/**
 * API keys by their SHA-256 from the configuration, JWTs by their issuer's keys from memory.
 *
 * An API key and a JWT seen before are answered synchronously; only a new JWT's signature suspends, for the time the
 * thread pool takes. Tokens are kept as digests, never as they came.
 */
export const layer: Layer.Layer<Authentication, never, Jwks> = Layer.effect(
  Authentication,
  Effect.gen(function* () {
    const jwks = yield* Jwks
    const clock = yield* Clock.Clock
    const cache = new VerifiedTokens(CACHED_TOKENS)

    // By identity: an edited issuer and a changed key set are new objects, so neither can be answered from before.
    const isInForce = (config: CompiledConfig, { issuer, keys }: VerifiedToken): boolean =>
      config.jwtIssuers.get(issuer.issuer) === issuer && jwks.keysOf(issuer) === keys

    const authenticateJwt = (
      config: CompiledConfig,
      token: string,
      digest: string
    ): Effect.Effect<Authenticated, NotAuthenticated> => {
      const now = clock.currentTimeMillisUnsafe()
      const hit = cache.get(digest, now)
      if (hit !== undefined && isInForce(config, hit)) return Effect.succeed(hit.authenticated)

      const jwt = readJwt(token)
      if (jwt === undefined) return ONE_TOKEN.test(token) ? refusals.unknownApiKey : refusals.malformed
      const issuer = config.jwtIssuers.get(jwt.issuer)
      if (issuer === undefined) return refusals.untrustedIssuer
      if (!issuer.algorithms.some((algorithm) => algorithm === jwt.algorithm)) return refusals.algorithmNotAllowed
      const keys = jwks.keysOf(issuer)
      if (keys === undefined) return refusals.keysUnavailable
      const key = keys.find(jwt.algorithm, jwt.kid)
      if (key === undefined) {
        jwks.unknownKey(issuer)
        return refusals.unknownSigningKey
      }
      const remember = ({ expiresAt, principal }: VerifiedJwt): Authenticated => {
        const authenticated: Authenticated = { principal, method: "jwt" }
        const endsAt = Math.min(expiresAt, now + CACHED_FOR_MS)
        cache.set(digest, { authenticated, issuer, keys, endsAt }, now)
        return authenticated
      }
      return Effect.map(verifyJwt(token, key, issuer, now), remember)
    }

    return Authentication.of({
      authenticate: (config, authorization, apiKey) => {
        const token = bearerToken(authorization, apiKey)
        if (typeof token !== "string") return token
        const digest = hash("sha256", token, "hex")
        const principal = config.tokens.get(digest)
        return principal === undefined
          ? authenticateJwt(config, token, digest)
          : Effect.succeed({ principal, method: "api_key" })
      }
    })
  })
)
