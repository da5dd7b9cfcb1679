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
