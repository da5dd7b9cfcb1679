import * as Effect from "effect/Effect"
import { NotAuthenticated } from "../../services/gateway/Authentication.ts"

/** Every way of not being let in, made once: a flood of bad tokens builds no errors and takes no stack traces. */
export type Refusal = Effect.Effect<never, NotAuthenticated>

const refusal = (reason: NotAuthenticated["reason"], method: NotAuthenticated["method"], message: string): Refusal =>
  Effect.fail(new NotAuthenticated({ reason, method, message }))

export const missing = refusal(
  "missing",
  "none",
  "No API key was sent. Send it as `Authorization: Bearer <key>` or `x-api-key: <key>`."
)

export const malformed = refusal(
  "invalid_token",
  "none",
  "The credentials are not one bearer token. Send `Authorization: Bearer <key>`: one key, no spaces, no other scheme."
)

export const unknownApiKey = refusal(
  "invalid_token",
  "api_key",
  "This API key is not known. Check that it was copied whole, belongs to this gateway and was not revoked."
)

export const untrustedIssuer = refusal(
  "invalid_token",
  "jwt",
  "Tokens of this issuer (`iss`) are not accepted. Use one of an identity provider that this gateway is configured for."
)

export const algorithmNotAllowed = refusal(
  "invalid_token",
  "jwt",
  "The token is signed with an algorithm (`alg`) that this gateway does not accept of its issuer."
)

export const unknownSigningKey = refusal(
  "invalid_token",
  "jwt",
  "The key that signed this token (`kid`) is not among its issuer's. If it is new, try again in a minute; else get a new token."
)

export const badSignature = refusal(
  "invalid_token",
  "jwt",
  "The token's signature does not hold. Check that it was copied whole, or get a new one from its issuer."
)

export const wrongAudience = refusal(
  "invalid_token",
  "jwt",
  "The token was issued for somebody else (`aud`). Ask its issuer for one whose audience is this gateway."
)

export const notYetValid = refusal(
  "invalid_token",
  "jwt",
  "The token is not valid yet (`nbf`). Wait, or set the clock of the machine that issued it."
)

export const incompleteClaims = refusal(
  "invalid_token",
  "jwt",
  "The token lacks a claim, or has a malformed one, that this gateway needs: `exp`, `aud` and the one that names its subject."
)

export const expired = refusal("expired", "jwt", "The token has expired (`exp`). Get a new one from its issuer.")

export const keysUnavailable = refusal(
  "unavailable",
  "jwt",
  "The issuer's signing keys could not be fetched yet, so the token cannot be checked. Try again in a few seconds."
)
