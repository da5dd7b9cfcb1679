import * as ByteSize from "effect/ByteSize"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import { HttpApiSchemaError } from "effect/http-api/HttpApiError"
import * as Layer from "effect/Layer"
import type { unhandled } from "effect/Types"
import { failureName } from "../../export/failureName.ts"
import { fieldProblems } from "../fieldProblems.ts"
import { nestsDeeper } from "../nestsDeeper.ts"
import { BadRequest, PayloadTooLarge, Unexpected, UnsupportedMediaType } from "../problems.ts"
import { JsonBody, MaxBodyBytes, Readable } from "../Requests.ts"

/** An answer that does not fit its own schema, or a bug: said in the log, where it quotes nothing either. */
const UNEXPECTED = "The log of the control plane says what."

export const readableLayer = Layer.succeed(Readable, (handler, { endpoint, group }) => {
  const where = `${group.identifier}.${endpoint.identifier}`
  return handler.pipe(
    Effect.catch((error): Effect.Effect<never, unhandled | BadRequest | Unexpected> => {
      if (!HttpApiSchemaError.is(error)) return Effect.fail(error)
      if (error.kind === "Body" || error.kind === "ResponseHeaders") {
        return Effect.logError("an answer does not fit the API", {
          where,
          fields: fieldProblems(error).map(({ path }) => path)
        }).pipe(Effect.andThen(Effect.fail(new Unexpected({ detail: UNEXPECTED }))))
      }
      return Effect.fail(badRequest(error))
    }),
    Effect.catchDefect((defect) =>
      Effect.logError("a request failed in an unexpected way", { where, cause: failureName(defect) }).pipe(
        Effect.andThen(Effect.fail(new Unexpected({ detail: UNEXPECTED })))
      )
    )
  )
})

const badRequest = (error: HttpApiSchemaError): BadRequest => {
  const errors = fieldProblems(error)
  const [first] = errors
  return new BadRequest({
    detail: first === undefined ? "The request cannot be read." : `${first.path}: ${first.reason}`,
    errors
  })
}

export const jsonBodyLayer = Layer.succeed(JsonBody, (handler, { endpoint }) =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const mostBytes = Context.get(endpoint.annotations, MaxBodyBytes)
    const tooLarge = new PayloadTooLarge({ detail: `The body is longer than ${mostBytes} bytes.` })
    if (!isJson(request.headers["content-type"])) {
      return yield* new UnsupportedMediaType({ detail: "Send the body as application/json." })
    }
    if (Number(request.headers["content-length"] ?? 0) > mostBytes) return yield* tooLarge
    // The text is kept, and what decodes it reads no more of the wire.
    const text = yield* request.text.pipe(
      Effect.provideService(HttpIncomingMessage.MaxBodySize, ByteSize.bytes(mostBytes)),
      Effect.catch(
        (error): Effect.Effect<never, BadRequest | PayloadTooLarge> =>
          error.reason._tag === "RequestParseError" && error.reason.reason === "BodyTooLarge"
            ? Effect.fail(tooLarge)
            : Effect.fail(new BadRequest({ detail: "The body did not come whole." }))
      )
    )
    if (nestsDeeper(text, MAX_DEPTH)) {
      return yield* new BadRequest({
        detail: `The body is nested more than ${MAX_DEPTH} levels deep.`,
        errors: [{ path: "payload", reason: `is nested more than ${MAX_DEPTH} levels deep` }]
      })
    }
    return yield* handler
  })
)

/** No configuration comes near it. */
const MAX_DEPTH = 64

const isJson = (contentType: string | undefined): boolean =>
  contentType?.split(";", 1)[0]?.trim().toLowerCase() === "application/json"
