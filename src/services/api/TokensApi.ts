import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import { Authentication, Authorization } from "./Access.ts"
import { about } from "./Actor.ts"
import { Conflict, NotFound, Refused, Unavailable } from "./problems.ts"
import { JsonBody } from "./Requests.ts"
import { ChangeResult, filledText, Instant } from "./schemas.ts"

const Names = Schema.Array(filledText(256)).check(Schema.isMaxLength(1000, { message: "is longer than 1000 names" }))

/** First 16 hex digits of the token's SHA-256. */
const TokenId = Schema.String.check(
  Schema.isPattern(/^[0-9a-f]{16}$/, { message: "is no token's id, which has 16 hex digits" })
)

const fields = {
  id: TokenId,
  subject: Schema.String,
  teams: Schema.Array(Schema.String),
  /** Names, or patterns in which `*` stands for any characters. Absent: what its teams and subject may use. */
  models: Schema.optionalKey(Schema.Array(Schema.String)),
  /** Of the revision that last changed it. */
  createdAt: Schema.optionalKey(Instant)
}

export const Token = Schema.Struct(fields)

/** API keys of the gateway's callers. Only their hash is kept. */
export class TokensApi extends HttpApiGroup.make("tokens")
  .add(
    HttpApiEndpoint.get("list", "/api/tokens", {
      success: Schema.Array(Token),
      error: [Unavailable]
    }).annotateMerge(about("Every token, none of which can be shown again")),
    HttpApiEndpoint.post("create", "/api/tokens", {
      payload: Schema.Struct({
        subject: filledText(256),
        teams: Schema.optionalKey(Names),
        models: Schema.optionalKey(Names)
      }),
      success: Schema.Struct({
        ...fields,
        /** Shown this once. */
        token: Schema.String,
        revision: Schema.Int
      }).pipe(HttpApiSchema.status(201)),
      error: [Conflict, Refused, Unavailable]
    })
      .annotateMerge(about("Make a token and show it once", "editor"))
      .middleware(JsonBody),
    HttpApiEndpoint.delete("revoke", "/api/tokens/:id", {
      params: { id: TokenId },
      success: ChangeResult,
      error: [NotFound, Conflict, Refused, Unavailable]
    }).annotateMerge(about("Revoke a token", "editor"))
  )
  .middleware(Authorization)
  .middleware(Authentication)
  .annotateMerge(OpenApi.annotations({ title: "Tokens" })) {}
