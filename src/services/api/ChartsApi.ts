import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import { GroupBy, RollupFilter, Series, TopRow } from "../store/TraceQuery.ts"
import { Authentication, Authorization } from "./Access.ts"
import { about } from "./Actor.ts"
import { Unavailable } from "./problems.ts"
import { wholeNumber } from "./schemas.ts"

const MINUTE_MS = 60_000
const YEAR_MS = 366 * 24 * 60 * MINUTE_MS

/** Unix milliseconds up to the year 9999. */
const At = wholeNumber(0, 253_402_300_799_999)

export const StepMs = wholeNumber(MINUTE_MS, YEAR_MS).check(
  Schema.isMultipleOf(MINUTE_MS, { message: "must be a whole number of minutes, in milliseconds" })
)

/** Sums and percentiles by time and by group. */
export class ChartsApi extends HttpApiGroup.make("charts")
  .add(
    HttpApiEndpoint.get("series", "/api/charts/series", {
      query: {
        from: At,
        /** Exclusive. */
        to: At,
        stepMs: StepMs,
        groupBy: Schema.optionalKey(GroupBy),
        ...RollupFilter.fields
      },
      success: Series,
      error: [Unavailable]
    }).annotateMerge(about("Requests, errors, tokens, cost and percentiles over time; 2000 steps at most")),
    HttpApiEndpoint.get("top", "/api/charts/top", {
      query: {
        from: At,
        to: At,
        groupBy: GroupBy,
        orderBy: Schema.optionalKey(Schema.Literals(["requests", "errors", "tokens", "cost"])),
        limit: Schema.optionalKey(wholeNumber(1, 100)),
        ...RollupFilter.fields
      },
      success: Schema.Array(TopRow),
      error: [Unavailable]
    }).annotateMerge(about("The groups that have most of something"))
  )
  .middleware(Authorization)
  .middleware(Authentication)
  .annotateMerge(OpenApi.annotations({ title: "Charts" })) {}
