import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { AdminIssuer } from "../config/CompiledConfig.ts"
import type { Role } from "./Actor.ts"

export interface VerifiedAdmin {
  /** Of the issuer's `subjectClaim`. */
  readonly subject: string
  /** The highest that the issuer's `rolesClaim` names. */
  readonly role: Role
  readonly issuer: string
  /** Unix milliseconds. */
  readonly expiresAt: number
}

/** The token does not open the control plane. The message is for its bearer, and quotes no part of it. */
export class AdminJwtRefused extends Schema.TaggedError<AdminJwtRefused>()("AdminJwtRefused", {
  /** `unavailable`: the issuer's keys could not be fetched, so nobody knows. */
  reason: Schema.Literals(["refused", "unavailable"]),
  message: Schema.String
}) {}

/** Checks the JWTs of those who operate: signature, issuer, audience, times, and a role of ours. */
export class AdminJwt extends Context.Service<
  AdminJwt,
  {
    /** `issuers` by `iss`. */
    readonly verify: (
      token: string,
      issuers: ReadonlyMap<string, AdminIssuer>
    ) => Effect.Effect<VerifiedAdmin, AdminJwtRefused>
  }
>()("spangate/services/api/AdminJwt") {}
