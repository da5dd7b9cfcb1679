import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { JwksFetch, layer } from "../../../src/layers/jose/JwksFetch.ts"
import { document, idpServer } from "./idpServer.ts"
import { until } from "./until.ts"

const fetch = (url: string) => Effect.flatMap(JwksFetch, (service) => service.fetch(url))

const MIB = 1024 * 1024

describe("JwksFetch", () => {
  it.effect("gives the body of a 200, again and again", () =>
    Effect.gen(function* () {
      const idp = yield* idpServer
      idp.respond = document(`{"keys":[]}`)
      assert.strictEqual(yield* fetch(idp.url), `{"keys":[]}`)
      assert.strictEqual(yield* fetch(idp.url), `{"keys":[]}`)
      assert.deepStrictEqual(idp.requests, ["GET /jwks.json", "GET /jwks.json"])
    }).pipe(Effect.provide(layer))
  )

  it.effect.each([301, 302, 307, 308])("does not follow a %d", (status) =>
    Effect.gen(function* () {
      const [idp, elsewhere] = [yield* idpServer, yield* idpServer]
      idp.respond = (_, response) => response.writeHead(status, { location: elsewhere.url }).end("moved")
      const error = yield* Effect.flip(fetch(idp.url))
      assert.include(error.message, String(status))
      assert.deepStrictEqual(elsewhere.requests, [])
    }).pipe(Effect.provide(layer))
  )

  it.effect.each([204, 404, 429, 500, 503])("fails on a %d", (status) =>
    Effect.gen(function* () {
      const idp = yield* idpServer
      idp.respond = (_, response) => response.writeHead(status).end(status === 204 ? undefined : `{"keys":[]}`)
      assert.include((yield* Effect.flip(fetch(idp.url))).message, String(status))
    }).pipe(Effect.provide(layer))
  )

  it.effect("takes 1 MiB and no more, told its length or not", () =>
    Effect.gen(function* () {
      const idp = yield* idpServer
      idp.respond = document("x".repeat(MIB))
      assert.strictEqual((yield* fetch(idp.url)).length, MIB)
      idp.respond = document("x".repeat(MIB + 1))
      yield* Effect.flip(fetch(idp.url))
      idp.respond = (_, response) => {
        const endless = () => {
          while (response.write("x".repeat(65536))) if (response.destroyed) return
        }
        response.on("drain", endless)
        endless()
      }
      yield* Effect.flip(fetch(idp.url))
      yield* until(() => idp.aborted === 1)
    }).pipe(Effect.provide(layer))
  )

  it.effect("fails where nobody listens, and where the answer breaks off", () =>
    Effect.gen(function* () {
      const idp = yield* idpServer
      idp.respond = (_, response) => {
        response.writeHead(200, { "content-length": "100" })
        response.write("half", () => response.destroy())
      }
      yield* Effect.flip(fetch(idp.url))
      yield* Effect.flip(fetch("http://127.0.0.1:1/jwks.json"))
      yield* Effect.flip(fetch("ftp://127.0.0.1/jwks.json"))
      yield* Effect.flip(fetch("no address"))
    }).pipe(Effect.provide(layer))
  )

  it.effect("hangs up when interrupted, before the head and within the body", () =>
    Effect.gen(function* () {
      const idp = yield* idpServer
      idp.respond = () => {}
      const waiting = yield* Effect.forkChild(fetch(idp.url))
      yield* until(() => idp.requests.length === 1)
      yield* Fiber.interrupt(waiting)
      yield* until(() => idp.aborted === 1)

      let written = false
      idp.respond = (_, response) => {
        response.write("{", () => {
          written = true
        })
      }
      const reading = yield* Effect.forkChild(fetch(idp.url))
      yield* until(() => written)
      yield* Fiber.interrupt(reading)
      yield* until(() => idp.aborted === 2)
    }).pipe(Effect.provide(layer))
  )
})
