import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import { Authentication, Authorization } from "./Access.ts"
import { about, Role } from "./Actor.ts"
import { TooManyRequests, Unauthorized, Unavailable } from "./problems.ts"
import { JsonBody, MaxBodyBytes } from "./Requests.ts"
import { filledText, Instant } from "./schemas.ts"

export const Session = Schema.Struct({
  actor: Schema.String,
  role: Role,
  /** For the header `x-spangate-csrf`; absent when a token was sent instead of the cookie. */
  csrf: Schema.optionalKey(Schema.String),
  expiresAt: Schema.optionalKey(Instant)
})

/** Signing in and out. The cookie is `HttpOnly`, `SameSite=Strict` and, behind https, `Secure`. */
export class SessionApi extends HttpApiGroup.make("session")
  .add(
    HttpApiEndpoint.get("current", "/api/session", { success: Session })
      .annotateMerge(about("Who am I"))
      .middleware(Authorization)
      .middleware(Authentication),
    HttpApiEndpoint.post("signIn", "/api/session", {
      payload: Schema.Struct({ token: filledText(16_384) }),
      success: Session,
      error: [Unauthorized, TooManyRequests, Unavailable]
    })
      .annotateMerge(OpenApi.annotations({ summary: "Sign in with an admin token or JWT, and get a cookie for it" }))
      // Whoever sends it is nobody yet.
      .annotate(MaxBodyBytes, 128 * 1024)
      .middleware(JsonBody),
    HttpApiEndpoint.delete("signOut", "/api/session", { success: HttpApiSchema.NoContent })
      .annotateMerge(about("Sign out"))
      .middleware(Authorization)
      .middleware(Authentication)
  )
  .annotateMerge(OpenApi.annotations({ title: "Session" })) {}
