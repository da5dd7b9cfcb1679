import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as HttpStaticServer from "effect/http/HttpStaticServer"
import { compressedAssets } from "./compressedAssets.ts"
import { unknownRoute } from "./unknownRoutes.ts"

const PLACEHOLDER = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Spangate</title>
<h1>The dashboard is not built</h1>
<p>Run <code>npm run build</code> and load this page again. The API works without it: see <a href="api/docs">its reference</a>.</p>
</html>
`

const GZIP = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/

/** The dashboard's built files, or a page that says how to build them. Whatever is no file is the dashboard itself. */
export const dashboardFiles = (directory: string) =>
  HttpRouter.use(
    Effect.fnUntraced(function* (router) {
      const files = yield* FileSystem.FileSystem
      const isBuilt = Effect.orElseSucceed(files.exists(`${directory}/index.html`), () => false)
      const serve = yield* Effect.cached(Effect.orDie(HttpStaticServer.make({ root: directory, spa: true })))
      const compressed = yield* compressedAssets(directory)
      const services = yield* Effect.context<Effect.Services<typeof serve>>()
      yield* router.add(
        "GET",
        "/*",
        Effect.gen(function* () {
          if (!(yield* isBuilt)) return HttpServerResponse.html(PLACEHOLDER)
          const { headers, url } = yield* HttpServerRequest.HttpServerRequest
          const asset = GZIP.test(headers["accept-encoding"] ?? "") ? yield* compressed(url) : undefined
          if (asset !== undefined) return asset
          const file = yield* Effect.provideContext(serve, services)
          // Also of a path that no file can have: one too long for a name, say.
          return yield* Effect.catch(file, () => unknownRoute)
        })
      )
    })
  )
