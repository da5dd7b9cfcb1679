import { promisify } from "node:util"
import { gzip } from "node:zlib"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as HttpServerResponse from "effect/http/HttpServerResponse"

const types: { readonly [ending: string]: string } = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml"
}

const NAME = /^\/assets\/([\w.-]+\.(js|css|svg))$/

/**
 * The built files under `/assets` with gzip, each compressed once: their names carry their content's hash. Undefined
 * for every other path, and for a file that is not there.
 */
export const compressedAssets = (directory: string) =>
  Effect.map(FileSystem.FileSystem, (files) => {
    const compressed = new Map<string, Uint8Array>()
    return Effect.fnUntraced(function* (path: string) {
      const [, name, ending = ""] = NAME.exec(path) ?? []
      if (name === undefined) return undefined
      let body = compressed.get(name)
      if (body === undefined) {
        const file = yield* Effect.orElseSucceed(files.readFile(`${directory}/assets/${name}`), () => undefined)
        if (file === undefined) return undefined
        body = yield* Effect.promise(() => promisify(gzip)(file))
        compressed.set(name, body)
      }
      return HttpServerResponse.uint8Array(body, {
        contentType: types[ending],
        headers: { "content-encoding": "gzip", vary: "accept-encoding" }
      })
    })
  })
