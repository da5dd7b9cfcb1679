import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { decodeJwt } from "jose/jwt/decode"
import type { Role } from "../../services/api/Actor.ts"
import { AdminJwt, AdminJwtRefused } from "../../services/api/AdminJwt.ts"
import type { AdminIssuer } from "../../services/config/CompiledConfig.ts"
import { makeAdminJwtKeys } from "./AdminJwtKeys.ts"
import type { JwksFetch } from "./JwksFetch.ts"
import { readJwt, verifyJwt } from "./jwt.ts"

const refused = (message: string) => new AdminJwtRefused({ reason: "refused", message })

/** JWTs of the configuration's admin issuers, by keys that are fetched when they are needed. */
export const layer: Layer.Layer<AdminJwt, never, JwksFetch> = Layer.effect(
  AdminJwt,
  Effect.gen(function* () {
    const keysAt = yield* makeAdminJwtKeys

    return AdminJwt.of({
      verify: Effect.fnUntraced(function* (token, issuers) {
        const jwt = readJwt(token)
        if (jwt === undefined) return yield* refused("This is no JWT.")
        const issuer = issuers.get(jwt.issuer)
        if (issuer === undefined) {
          return yield* refused("Tokens of this issuer (`iss`) do not open the control plane: it is no admin issuer.")
        }
        if (!issuer.algorithms.some((algorithm) => algorithm === jwt.algorithm)) {
          return yield* refused("The token is signed with an algorithm (`alg`) that is not accepted of its issuer.")
        }
        const keys = yield* keysAt(issuer.jwksUrl, (keys) => keys.find(jwt.algorithm, jwt.kid) !== undefined)
        if (keys === undefined) {
          return yield* new AdminJwtRefused({
            reason: "unavailable",
            message:
              "The issuer's signing keys could not be fetched, so the token cannot be checked. Try again in a few seconds."
          })
        }
        const key = keys.find(jwt.algorithm, jwt.kid)
        if (key === undefined) {
          return yield* refused("The key that signed this token (`kid`) is not among its issuer's.")
        }
        const now = yield* Clock.currentTimeMillis
        // What it may use at the gateway is none of the control plane's business.
        const { expiresAt, principal } = yield* verifyJwt(token, key, { ...issuer, mayUse: () => false }, now).pipe(
          Effect.mapError(({ message }) => refused(message))
        )
        const role = roleOf(token, issuer)
        if (role === undefined) {
          return yield* refused(
            `The token's claim ${issuer.rolesClaim} names none of the roles admin, editor and viewer.`
          )
        }
        return { subject: principal.subject, role, issuer: issuer.issuer, expiresAt }
      })
    })
  })
)

const descending: ReadonlyArray<Role> = ["admin", "editor", "viewer"]

/** Of a token whose signature holds. */
const roleOf = (token: string, { rolesClaim }: AdminIssuer): Role | undefined => {
  const claim = decodeJwt(token)[rolesClaim]
  const named = Array.isArray(claim) ? claim : [claim]
  return descending.find((role) => named.includes(role))
}
