import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as HttpApiSwagger from "effect/http-api/HttpApiSwagger"
import { SpangateApi } from "../../services/api/SpangateApi.ts"
import { contentSecurityPolicy } from "./securityHeaders.ts"

const PATH = "/api/docs"

/**
 * The reference page of the API, from this server alone. Its script and style stand in the page, so the policy names
 * their hashes. Made when it is first asked for: it weighs 2 MB.
 */
export const apiReference = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const page = yield* Effect.cached(
      HttpRouter.toHttpEffect(HttpApiSwagger.layer(SpangateApi, { path: PATH })).pipe(
        Effect.flatten,
        Effect.map(allowed),
        Effect.scoped
      )
    )
    yield* router.add("GET", PATH, page)
  })
)

const allowed = (response: HttpServerResponse.HttpServerResponse): HttpServerResponse.HttpServerResponse => {
  const html = response.body._tag === "Uint8Array" ? new TextDecoder().decode(response.body.body) : ""
  const policy = contentSecurityPolicy({ scripts: hashes(html, "script"), styles: hashes(html, "style") })
  return HttpServerResponse.setHeaders(response, { "content-security-policy": policy, "cache-control": "no-cache" })
}

/** Of the elements without attributes: those are run. */
const hashes = (html: string, element: "script" | "style"): ReadonlyArray<string> =>
  [...html.matchAll(new RegExp(`<${element}>([\\s\\S]*?)</${element}>`, "g"))].map(
    ([, content = ""]) => `'sha256-${createHash("sha256").update(content).digest("base64")}'`
  )
