import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import { Authentication, Authorization } from "./Access.ts"
import { about } from "./Actor.ts"
import { NotFound, Refused, Unavailable } from "./problems.ts"
import { JsonBody } from "./Requests.ts"
import { Body, filledText } from "./schemas.ts"

/** What became of one test trace, and what that means. */
export const TestResult = Schema.Struct({
  ok: Schema.Boolean,
  /** `partial`: taken, with a warning or a rejection. `unreachable`: no answer, or one that says to try again. */
  outcome: Schema.Literals(["accepted", "partial", "rejected", "unreachable", "misconfigured"]),
  /** `accepted`, `http_401`, `timeout`, `grpc_unimplemented`… */
  reason: Schema.String,
  /** The destination's own words, free of our header values. */
  message: Schema.optionalKey(Schema.String),
  /** From the start of the send to the end of its answer. */
  latencyMs: Schema.Finite,
  /** What the answer means, in a sentence. */
  explanation: Schema.String,
  /** What to do; empty when there is nothing to. */
  remedy: Schema.String,
  /** Of the trace that was sent, to look for at the destination. */
  traceId: Schema.String
})
export type TestResult = typeof TestResult.Type

export const LeavingAttribute = Schema.Struct({
  name: Schema.String,
  type: Schema.Literals(["string", "int", "double", "bool", "string[]"]),
  /** Removed by Exclude Request Data. */
  content: Schema.Boolean,
  on: Schema.Literals(["span", "resource"])
})

/** Where traces go. */
export class DestinationsApi extends HttpApiGroup.make("destinations")
  .add(
    HttpApiEndpoint.post("test", "/api/otel/destinations/:name/test", {
      params: { name: filledText(512) },
      success: TestResult,
      error: [NotFound, Refused, Unavailable]
    }).annotateMerge(about("Send one test trace to a destination as it is stored", "editor")),
    HttpApiEndpoint.post("testUnsaved", "/api/otel/test", {
      payload: Schema.Struct({
        /** A destination's entry; a secret `{ set: true }` is that of the stored entry with its name and host. */
        destination: Body
      }),
      success: TestResult,
      error: [Refused, Unavailable]
    })
      .annotateMerge(about("Send one test trace to a destination that is not saved yet", "editor"))
      .middleware(JsonBody),
    HttpApiEndpoint.get("attributes", "/api/otel/attributes", {
      success: Schema.Array(LeavingAttribute),
      error: [Unavailable]
    }).annotateMerge(about("What an exported trace can carry, and what Exclude Request Data removes"))
  )
  .middleware(Authorization)
  .middleware(Authentication)
  .annotateMerge(OpenApi.annotations({ title: "Destinations" })) {}
