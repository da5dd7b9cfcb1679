import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerRespondable from "effect/http/HttpServerRespondable"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as HttpApi from "effect/http-api/HttpApi"
import { MethodNotAllowed, NotFound } from "../../services/api/problems.ts"
import { SpangateApi } from "../../services/api/SpangateApi.ts"

interface KnownPath {
  readonly pattern: RegExp
  readonly methods: ReadonlySet<string>
}

const knownPaths: ReadonlyArray<KnownPath> = (() => {
  const methods = new Map<string, Set<string>>([
    ["/api/openapi.json", new Set(["GET"])],
    ["/api/docs", new Set(["GET"])]
  ])
  HttpApi.reflect(SpangateApi, {
    onGroup: () => {},
    onEndpoint: ({ endpoint }) => {
      const known = methods.get(endpoint.path) ?? new Set()
      methods.set(endpoint.path, known.add(endpoint.method))
    }
  })
  return [...methods].map(([path, methods]) => ({
    pattern: new RegExp(`^${path.replace(/:\w+/g, "[^/]+")}$`),
    methods
  }))
})()

const methodsOf = (url: string): ReadonlyArray<string> => {
  const path = url.split("?", 1)[0] ?? ""
  const methods = new Set(knownPaths.filter(({ pattern }) => pattern.test(path)).flatMap((known) => [...known.methods]))
  return methods.has("GET") ? [...methods, "HEAD"].sort() : [...methods].sort()
}

/** For whatever no route takes: 405 where another method would do, else 404. */
export const unknownRoute: Effect.Effect<
  HttpServerResponse.HttpServerResponse,
  never,
  HttpServerRequest.HttpServerRequest
> = Effect.gen(function* () {
  const { url } = yield* HttpServerRequest.HttpServerRequest
  const methods = methodsOf(url)
  if (methods.length === 0) {
    return yield* HttpServerRespondable.toResponse(new NotFound({ detail: "There is nothing at this path." }))
  }
  const allow = methods.join(", ")
  const response = yield* HttpServerRespondable.toResponse(
    new MethodNotAllowed({ detail: `This path takes ${allow}.` })
  )
  return HttpServerResponse.setHeader(response, "allow", allow)
})

/** Under `/api` nothing is the dashboard's. */
export const unknownRoutes = HttpRouter.add("GET", "/api/*", unknownRoute)
