/** Every error that the API answers with: RFC 9457 problems. None quotes a value that was sent. */
import { Problem } from "effect/http-api/HttpApiError"
import * as Schema from "effect/Schema"

/** What is wrong with one field. */
export const FieldProblem = Schema.Struct({
  /** `payload.base`, `query.limit`; of a configuration `providerAccounts[0].baseUrl`. Empty for the whole. */
  path: Schema.String,
  /** What is wrong, and how to mend it. */
  reason: Schema.String
})
export type FieldProblem = typeof FieldProblem.Type

export class BadRequest extends Problem<BadRequest>()(
  "BadRequest",
  { type: "urn:spangate:problem:bad-request", status: 400, title: "The request cannot be read" },
  { errors: Schema.optionalKey(Schema.Array(FieldProblem)) }
) {}

export class Unauthorized extends Problem<Unauthorized>()("Unauthorized", {
  type: "urn:spangate:problem:unauthorized",
  status: 401,
  title: "Not signed in"
}) {}

export class Forbidden extends Problem<Forbidden>()(
  "Forbidden",
  { type: "urn:spangate:problem:forbidden", status: 403, title: "Not allowed" },
  {
    /** The least that would do; absent where the role is not what is missing. */
    role: Schema.optionalKey(Schema.Literals(["viewer", "editor", "admin"]))
  }
) {}

export class NotFound extends Problem<NotFound>()("NotFound", {
  type: "urn:spangate:problem:not-found",
  status: 404,
  title: "Not found"
}) {}

export class MethodNotAllowed extends Problem<MethodNotAllowed>()("MethodNotAllowed", {
  type: "urn:spangate:problem:method-not-allowed",
  status: 405,
  title: "Method not allowed"
}) {}

/** Somebody else has written since `base`: nothing of the change is in force. */
export class Conflict extends Problem<Conflict>()(
  "Conflict",
  { type: "urn:spangate:problem:stale-revision", status: 409, title: "Made against an older revision" },
  {
    /** The revision in force. */
    current: Schema.Int
  }
) {}

export class PayloadTooLarge extends Problem<PayloadTooLarge>()("PayloadTooLarge", {
  type: "urn:spangate:problem:payload-too-large",
  status: 413,
  title: "The body is too large"
}) {}

export class UnsupportedMediaType extends Problem<UnsupportedMediaType>()("UnsupportedMediaType", {
  type: "urn:spangate:problem:unsupported-media-type",
  status: 415,
  title: "The body is not JSON"
}) {}

/** The configuration that would come of it is refused: nothing of the change is in force. */
export class Refused extends Problem<Refused>()(
  "Refused",
  { type: "urn:spangate:problem:configuration-refused", status: 422, title: "The configuration is refused" },
  { errors: Schema.Array(FieldProblem) }
) {}

/** `Retry-After` says when to come back. */
export class TooManyRequests extends Problem<TooManyRequests>()(
  "TooManyRequests",
  { type: "urn:spangate:problem:too-many-requests", status: 429, title: "Too many failed sign-ins" },
  { retryAfterSeconds: Schema.Int }
) {}

export class Unexpected extends Problem<Unexpected>()("Unexpected", {
  type: "urn:spangate:problem:unexpected",
  status: 500,
  title: "Something went wrong"
}) {}

/** What the gateway's control plane talks to does not answer. */
export class Unreachable extends Problem<Unreachable>()("Unreachable", {
  type: "urn:spangate:problem:unreachable",
  status: 502,
  title: "The gateway cannot be reached"
}) {}

/** A database does not answer; the same call may be made again. */
export class Unavailable extends Problem<Unavailable>()("Unavailable", {
  type: "urn:spangate:problem:unavailable",
  status: 503,
  title: "Not available now"
}) {}
