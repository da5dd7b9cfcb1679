import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import { Authentication, Authorization } from "./Access.ts"
import { about } from "./Actor.ts"
import { Unavailable } from "./problems.ts"
import { Instant, PageQuery, wholeNumber } from "./schemas.ts"

export const AuditEntry = Schema.Struct({
  /** For `before`: greater is newer. */
  id: Schema.Int,
  at: Instant,
  actor: Schema.String,
  /** `login`, `login_refused`, `logout`, `forbidden`, `test_destination`, `token_created`, `token_revoked`. */
  action: Schema.String,
  target: Schema.String,
  detail: Schema.String
})

/** What was done that is no revision. */
export class AuditApi extends HttpApiGroup.make("audit")
  .add(
    HttpApiEndpoint.get("list", "/api/audit", {
      query: { before: Schema.optionalKey(wholeNumber(0, Number.MAX_SAFE_INTEGER)), ...PageQuery },
      success: Schema.Array(AuditEntry),
      error: [Unavailable]
    }).annotateMerge(about("The audit log, newest first; `before` is an id, exclusive", "admin"))
  )
  .middleware(Authorization)
  .middleware(Authentication)
  .annotateMerge(OpenApi.annotations({ title: "Audit" })) {}
