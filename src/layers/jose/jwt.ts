import * as Effect from "effect/Effect"
import type { CryptoKey, JWTPayload } from "jose"
import { decodeProtectedHeader } from "jose/decode/protected_header"
import { JWTClaimValidationFailed, JWTExpired } from "jose/errors"
import { decodeJwt } from "jose/jwt/decode"
import { jwtVerify } from "jose/jwt/verify"
import type { JwtIssuer, Principal } from "../../services/config/CompiledConfig.ts"
import type { NotAuthenticated } from "../../services/gateway/Authentication.ts"
import { badSignature, expired, incompleteClaims, notYetValid, type Refusal, wrongAudience } from "./refusals.ts"

/** How far the clocks of the issuer and of this machine may be apart. */
const CLOCK_TOLERANCE_SECONDS = 30

const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]*$/

/** What a token says of itself before anything of it is believed: enough to find the key. */
export interface UnverifiedJwt {
  readonly algorithm: string
  readonly kid: string | undefined
  readonly issuer: string
}

/** Undefined for whatever is not a JWT. Never throws. */
export const readJwt = (token: string): UnverifiedJwt | undefined => {
  if (!COMPACT.test(token)) return undefined
  try {
    const { alg, kid } = decodeProtectedHeader(token)
    const { iss } = decodeJwt(token)
    if (typeof alg !== "string") return undefined
    // The others come from JSON that nobody has checked, whatever their types say.
    return { algorithm: alg, kid: stringOr(undefined, kid), issuer: stringOr("", iss) }
  } catch {
    return undefined
  }
}

const stringOr = <A>(otherwise: A, value: unknown): string | A => (typeof value === "string" ? value : otherwise)

export interface VerifiedJwt {
  readonly principal: Principal
  /** Unix milliseconds. */
  readonly expiresAt: number
}

/** Checks signature, issuer, audience and times of a token. `now` is Unix milliseconds. */
export const verifyJwt = (
  token: string,
  key: CryptoKey,
  issuer: JwtIssuer,
  now: number
): Effect.Effect<VerifiedJwt, NotAuthenticated> =>
  Effect.tryPromise({
    try: () =>
      jwtVerify(token, key, {
        algorithms: [...issuer.algorithms],
        issuer: issuer.issuer,
        audience: issuer.audience,
        requiredClaims: ["exp"],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(now)
      }),
    catch: (error) => error
  }).pipe(
    Effect.catch(refusalFor),
    Effect.flatMap(({ payload }) => verified(payload, issuer))
  )

const refusalFor = (error: unknown): Refusal => {
  if (error instanceof JWTExpired) return expired
  if (!(error instanceof JWTClaimValidationFailed)) return badSignature
  if (error.reason !== "check_failed") return incompleteClaims
  return error.claim === "nbf" ? notYetValid : wrongAudience
}

const verified = (payload: JWTPayload, issuer: JwtIssuer): Effect.Effect<VerifiedJwt, NotAuthenticated> => {
  const subject = payload[issuer.subjectClaim]
  if (payload.exp === undefined || typeof subject !== "string" || subject === "") return incompleteClaims
  const claim = issuer.teamsClaim === undefined ? undefined : payload[issuer.teamsClaim]
  const teams = Array.isArray(claim) ? claim.filter((team) => typeof team === "string") : []
  return Effect.succeed({
    principal: issuer.principal?.(subject, teams) ?? { subject, teams, mayUse: issuer.mayUse },
    expiresAt: payload.exp * 1000
  })
}
