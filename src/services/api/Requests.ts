import * as Context from "effect/Context"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import { BadRequest, PayloadTooLarge, Unexpected, UnsupportedMediaType } from "./problems.ts"

/** What cannot be read is answered with every field that is wrong; what went wrong inside says nothing of the inside. */
export class Readable extends HttpApiMiddleware.Service<Readable>()("spangate/services/api/Readable", {
  error: [BadRequest, Unexpected]
}) {}

/** Of endpoints that take a body: it is JSON, and not read any further than `MaxBodyBytes`. */
export class JsonBody extends HttpApiMiddleware.Service<JsonBody>()("spangate/services/api/JsonBody", {
  error: [BadRequest, PayloadTooLarge, UnsupportedMediaType]
}) {}

export const MaxBodyBytes = Context.Reference<number>("spangate/services/api/MaxBodyBytes", {
  defaultValue: () => 1024 * 1024
})
