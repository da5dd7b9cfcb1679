import * as Schema from "effect/Schema"

/**
 * A request that the gateway itself answers with an error. `code` is stable and documented in the README;
 * `type` is the envelope's error type. `message` says what is wrong and how to mend it, and never quotes content.
 */
export class Refusal extends Schema.TaggedError<Refusal>()("Refusal", {
  status: Schema.Number,
  type: Schema.String,
  code: Schema.String,
  message: Schema.String,
  param: Schema.optional(Schema.String)
}) {}

export const invalidRequest = (code: string, message: string, param?: string): Refusal =>
  new Refusal({ status: 400, type: "invalid_request_error", code, message, ...(param === undefined ? {} : { param }) })

export const bodyTooLarge = (limit: number): Refusal =>
  new Refusal({
    status: 413,
    type: "invalid_request_error",
    code: "body_too_large",
    message: `The body is larger than ${limit} bytes. Send less, or have limits.maxBodyBytes raised.`
  })

export const noSuchRoute = (method: string): Refusal =>
  new Refusal({
    status: 404,
    type: "invalid_request_error",
    code: "route_not_found",
    message: `There is no ${method} route here. Use POST /v1/chat/completions, /v1/completions, /v1/embeddings, /v1/messages or /v1/responses, or GET /v1/models.`
  })

export const methodNotAllowed = (method: string, allow: string): Refusal =>
  new Refusal({
    status: 405,
    type: "invalid_request_error",
    code: "method_not_allowed",
    message: `${method} is not allowed here: use ${allow}.`
  })
