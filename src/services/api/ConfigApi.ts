import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import { Authentication, Authorization } from "./Access.ts"
import { about } from "./Actor.ts"
import { Conflict, NotFound, Refused, Unavailable } from "./problems.ts"
import { JsonBody, MaxBodyBytes } from "./Requests.ts"
import { Body, ChangeResult, EntityKind, filledText, Note, RevisionNumber } from "./schemas.ts"

export const Entity = Schema.Struct({
  kind: EntityKind,
  name: Schema.String,
  body: Body,
  /** The revision that last changed it. */
  revision: Schema.Int
})

export const Change = Schema.Union([
  Schema.Struct({ action: Schema.Literal("put"), kind: EntityKind, name: filledText(512), body: Body }),
  Schema.Struct({ action: Schema.Literal("delete"), kind: EntityKind, name: filledText(512) })
])

const one = { kind: EntityKind, name: filledText(512) }
const writeProblems = [Conflict, Refused, Unavailable] as const

/** The configuration, entity by entity or as one document. Changes are atomic; what they would break is refused. */
export class ConfigApi extends HttpApiGroup.make("config")
  .add(
    HttpApiEndpoint.get("list", "/api/config", {
      success: Schema.Struct({ revision: Schema.Int, entities: Schema.Array(Entity) }),
      error: [Unavailable]
    }).annotateMerge(about("Every entity, secrets masked")),
    HttpApiEndpoint.get("document", "/api/config/document", {
      success: Schema.Struct({ revision: Schema.Int, document: Body }),
      error: [Unavailable]
    }).annotateMerge(about("The configuration as one document, as a file would say it, secrets masked")),
    HttpApiEndpoint.post("change", "/api/config/changes", {
      payload: Schema.Struct({
        /** The revision that the changes were made against. */
        base: RevisionNumber,
        changes: Schema.Array(Change).check(Schema.isMaxLength(10_000, { message: "is longer than 10000 changes" })),
        note: Schema.optionalKey(Note),
        dryRun: Schema.optionalKey(Schema.Boolean)
      }),
      success: ChangeResult,
      error: writeProblems
    })
      .annotateMerge(about("Several changes as one revision", "editor"))
      .middleware(JsonBody),
    HttpApiEndpoint.post("apply", "/api/config/apply", {
      payload: Schema.Struct({
        /** As a file says it, its variables and certificates filled in. */
        document: Body,
        /** Delete what the document does not name. */
        prune: Schema.optionalKey(Schema.Boolean),
        dryRun: Schema.optionalKey(Schema.Boolean),
        /** Absent: whatever is in force. */
        base: Schema.optionalKey(RevisionNumber),
        note: Schema.optionalKey(Note)
      }),
      success: ChangeResult,
      error: writeProblems
    })
      .annotateMerge(about("Make the configuration say what a document says", "editor"))
      .annotate(MaxBodyBytes, 10 * 1024 * 1024)
      .middleware(JsonBody),
    HttpApiEndpoint.get("get", "/api/config/:kind/:name", {
      params: one,
      success: Entity,
      error: [NotFound, Unavailable]
    }).annotateMerge(about("One entity, secrets masked")),
    HttpApiEndpoint.put("put", "/api/config/:kind/:name", {
      params: one,
      payload: Schema.Struct({ base: RevisionNumber, body: Body, note: Schema.optionalKey(Note) }),
      success: ChangeResult,
      error: writeProblems
    })
      .annotateMerge(
        about("Create or replace one entity; a secret `{ set: true }` stays what it is, for the same host", "editor")
      )
      .middleware(JsonBody),
    HttpApiEndpoint.delete("delete", "/api/config/:kind/:name", {
      params: one,
      query: { base: RevisionNumber, note: Schema.optionalKey(Note) },
      success: ChangeResult,
      error: [NotFound, ...writeProblems]
    }).annotateMerge(about("Delete one entity", "editor"))
  )
  .middleware(Authorization)
  .middleware(Authentication)
  .annotateMerge(OpenApi.annotations({ title: "Configuration" })) {}
