import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import { Authentication, Authorization } from "./Access.ts"
import { about } from "./Actor.ts"
import { Conflict, NotFound, Refused, Unavailable } from "./problems.ts"
import { JsonBody } from "./Requests.ts"
import { ChangeResult, EntityDiff, PageQuery, RevisionInfo, RevisionNumber } from "./schemas.ts"

/** Who changed what, when, and the way back. */
export class RevisionsApi extends HttpApiGroup.make("revisions")
  .add(
    HttpApiEndpoint.get("list", "/api/revisions", {
      query: { before: Schema.optionalKey(RevisionNumber), ...PageQuery },
      success: Schema.Array(RevisionInfo),
      error: [Unavailable]
    }).annotateMerge(about("Revisions, newest first; `before` is exclusive")),
    HttpApiEndpoint.get("get", "/api/revisions/:revision", {
      params: { revision: RevisionNumber },
      success: Schema.Struct({ info: RevisionInfo, diffs: Schema.Array(EntityDiff) }),
      error: [NotFound, Unavailable]
    }).annotateMerge(about("What a revision did")),
    HttpApiEndpoint.post("restore", "/api/revisions/:revision/restore", {
      params: { revision: RevisionNumber },
      payload: Schema.Struct({ base: RevisionNumber, dryRun: Schema.optionalKey(Schema.Boolean) }),
      success: ChangeResult,
      error: [NotFound, Conflict, Refused, Unavailable]
    })
      .annotateMerge(about("Make a new revision that says what an older one said", "editor"))
      .middleware(JsonBody)
  )
  .middleware(Authorization)
  .middleware(Authentication)
  .annotateMerge(OpenApi.annotations({ title: "Revisions" })) {}
