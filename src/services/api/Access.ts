import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpApiSecurity from "effect/http-api/HttpApiSecurity"
import * as OpenApi from "effect/http-api/OpenApi"
import type { Actor } from "./Actor.ts"
import { Forbidden, Unauthorized } from "./problems.ts"

export const SESSION_COOKIE = "spangate_session"
export const CSRF_HEADER = "x-spangate-csrf"

/** Who calls: by an admin token or JWT in `Authorization`, else by the dashboard's cookie. */
export class Authentication extends HttpApiMiddleware.Service<Authentication, { provides: Actor }>()(
  "spangate/services/api/Authentication",
  {
    error: Unauthorized,
    security: {
      // First, so that what is wrong with a token is what is said when neither is good.
      session: HttpApiSecurity.apiKey({ key: SESSION_COOKIE, in: "cookie" }).pipe(
        HttpApiSecurity.annotateMerge(
          OpenApi.annotations({
            description: `The dashboard's session. Every request but GET and HEAD also needs ${CSRF_HEADER}.`
          })
        )
      ),
      bearer: HttpApiSecurity.bearer.pipe(
        HttpApiSecurity.annotateMerge(
          OpenApi.annotations({ description: "An admin token, or a JWT of an admin issuer." })
        )
      )
    }
  }
) {}

/** Whether the actor may: by role, and with a session by its CSRF value too. Refusals go to the audit log. */
export class Authorization extends HttpApiMiddleware.Service<Authorization, { requires: Actor }>()(
  "spangate/services/api/Authorization",
  { error: Forbidden }
) {}
