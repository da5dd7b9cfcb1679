import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerError from "effect/http/HttpServerError"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerRespondable from "effect/http/HttpServerRespondable"
import { Unexpected } from "../../services/api/problems.ts"
import { failureName } from "../../services/export/failureName.ts"
import { withSecurityHeaders } from "./securityHeaders.ts"
import { unknownRoute } from "./unknownRoutes.ts"

/** What all answers have in common, also those to methods that nobody knows, and to our own bugs. */
export const answers = HttpRouter.use((router) =>
  router.addGlobalMiddleware((handler) =>
    Effect.gen(function* () {
      const { headers, url } = yield* HttpServerRequest.HttpServerRequest
      const response = yield* handler.pipe(
        Effect.catchIf(isUnknown, () => unknownRoute),
        Effect.catchDefect((defect) =>
          Effect.logError("a request failed in an unexpected way", { cause: failureName(defect) }).pipe(
            Effect.andThen(HttpServerRespondable.toResponse(new Unexpected({ detail: "The log says what." })))
          )
        )
      )
      return withSecurityHeaders(response, {
        path: url,
        isHttps: headers["x-forwarded-proto"]?.split(",", 1)[0]?.trim() === "https"
      })
    })
  )
)

const isUnknown = (error: unknown): boolean =>
  HttpServerError.isHttpServerError(error) && error.reason._tag === "RouteNotFound"
