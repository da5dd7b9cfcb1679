import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import { TraceFilter, TracePage } from "../store/TraceQuery.ts"
import { StoredTrace } from "../store/TraceSummary.ts"
import { Authentication, Authorization } from "./Access.ts"
import { about } from "./Actor.ts"
import { NotFound, Unavailable } from "./problems.ts"
import { PageQuery, shortText } from "./schemas.ts"

export const TraceId = Schema.String.check(
  Schema.isPattern(/^[0-9a-f]{32}$/, { message: "is no trace id, which has 32 hex digits in lower case" })
)

/** Of a request's root. */
export const SpanId = Schema.String.check(
  Schema.isPattern(/^[0-9a-f]{16}$/, { message: "is no span id, which has 16 hex digits in lower case" })
)

const ShownTrace = Schema.Struct({
  ...StoredTrace.fields,
  /** There is too much of the trace for one answer: the long attributes of this request are left out. */
  shortened: Schema.optionalKey(Schema.Literal(true))
})

/** The product's own storage of traces. */
export class TracesApi extends HttpApiGroup.make("traces")
  .add(
    HttpApiEndpoint.get("list", "/api/traces", {
      query: { ...TraceFilter.fields, cursor: Schema.optionalKey(shortText(1024)), ...PageQuery },
      success: TracePage,
      error: [Unavailable]
    }).annotateMerge(about("Traces, newest first, 50 unless `limit` says otherwise")),
    HttpApiEndpoint.get("get", "/api/traces/:traceId", {
      params: { traceId: TraceId },
      query: { spanId: Schema.optionalKey(SpanId) },
      success: Schema.Array(ShownTrace),
      error: [NotFound, Unavailable]
    }).annotateMerge(about("The requests of one trace, oldest first; with `spanId` the one that has this root, whole"))
  )
  .middleware(Authorization)
  .middleware(Authentication)
  .annotateMerge(OpenApi.annotations({ title: "Traces" })) {}
