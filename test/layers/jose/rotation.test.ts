import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { Jwks } from "../../../src/layers/jose/Jwks.ts"
import * as JwksFetch from "../../../src/layers/jose/JwksFetch.ts"
import * as JwksRefresher from "../../../src/layers/jose/JwksRefresher.ts"
import * as MemoryAuthentication from "../../../src/layers/jose/MemoryAuthentication.ts"
import { Authentication } from "../../../src/services/gateway/Authentication.ts"
import { Metrics } from "../../../src/services/metrics/Metrics.ts"
import { configSyncLayer } from "./FakeConfigSync.ts"
import { configOf, jwksOf, jwtIssuer, NOW, sign, signingKey } from "./identityProvider.ts"
import { document, type IdpServer, idpServer } from "./idpServer.ts"
import { until } from "./until.ts"

/** The real fetch, and how each has ended; `begun` is true from the moment the refresher wants one. */
class Fetches extends Context.Service<Fetches, { begun: number; readonly ends: Array<string> }>()(
  "test/layers/jose/Fetches"
) {
  static readonly layer = Layer.effect(
    JwksFetch.JwksFetch,
    Effect.gen(function* () {
      const { fetch } = yield* JwksFetch.JwksFetch
      const fetches = yield* Fetches
      return JwksFetch.JwksFetch.of({
        fetch: (url) =>
          Effect.suspend(() => {
            fetches.begun += 1
            return fetch(url)
          }).pipe(
            Effect.onExit((exit) =>
              Effect.sync(() => {
                fetches.ends.push(
                  Exit.match(exit, { onSuccess: () => "ok", onFailure: (cause) => String(Cause.squash(cause)) })
                )
              })
            )
          )
      })
    })
  ).pipe(Layer.provide(JwksFetch.layer), Layer.provideMerge(Layer.sync(Fetches, () => ({ begun: 0, ends: [] }))))
}

/** Authentication as a gateway has it, against an identity provider over HTTP, once the first keys are there. */
const gateway = Effect.fnUntraced(function* (idp: IdpServer) {
  yield* TestClock.setTime(NOW * 1000)
  const issuer = jwtIssuer({ jwksUrl: idp.url })
  const config = configOf([issuer])
  const context = yield* Layer.build(
    MemoryAuthentication.layer.pipe(
      Layer.provideMerge(JwksRefresher.layer(undefined)),
      Layer.provideMerge(Fetches.layer),
      Layer.provide(configSyncLayer(config)),
      Layer.provideMerge(Metrics.layer)
    )
  )
  const { authenticate, fetches, jwks, metrics } = yield* Effect.all({
    authenticate: Effect.map(Authentication, ({ authenticate }) => authenticate),
    fetches: Fetches,
    jwks: Jwks,
    metrics: Metrics
  }).pipe(Effect.provide(context))
  yield* until(() => jwks.keysOf(issuer) !== undefined)
  return {
    fetches,
    /** Time goes on until the next fetch begins, and no further. */
    nextFetch: Effect.gen(function* () {
      const before = fetches.begun
      while (fetches.begun === before) yield* TestClock.adjust("1 second")
    }),
    keys: () => jwks.keysOf(issuer),
    failures: () => Number(/outcome="failed"\} (\d+)/.exec(metrics.render())?.[1]),
    authenticate: (token: string) => authenticate(config, `Bearer ${token}`, undefined)
  }
})

describe("rotation of an identity provider's keys", () => {
  it.effect("lets in by the new key after one fetch, and no more by the old one, cached or not", () =>
    Effect.gen(function* () {
      const [old, next] = [yield* signingKey("ES256", "old"), yield* signingKey("ES256", "new")]
      const idp = yield* idpServer
      idp.respond = document(jwksOf(old))
      const { authenticate, keys } = yield* gateway(idp)
      const oldToken = yield* sign(old)
      yield* authenticate(oldToken)

      idp.respond = document(jwksOf(next))
      yield* TestClock.adjust("1 minute")
      const tokens = yield* Effect.forEach(Array.from({ length: 200 }), (_, index) =>
        sign(next, { sub: `user:${index}` })
      )
      const refusals = yield* Effect.forEach(tokens, (token) => Effect.flip(authenticate(token)), {
        concurrency: tokens.length
      })
      assert.isTrue(refusals.every(({ reason }) => reason === "invalid_token"))
      yield* until(() => keys()?.find("ES256", "new") !== undefined)
      assert.strictEqual(idp.requests.length, 2)

      const admitted = yield* Effect.forEach(tokens, authenticate, { concurrency: tokens.length })
      assert.deepStrictEqual(
        admitted.map(({ principal }) => principal.subject),
        tokens.map((_, index) => `user:${index}`)
      )
      assert.strictEqual((yield* Effect.flip(authenticate(oldToken))).reason, "invalid_token")
      assert.strictEqual(idp.requests.length, 2)
    })
  )

  it.effect("never calls the provider for a request", () =>
    Effect.gen(function* () {
      const [key, stranger] = [yield* signingKey("ES256", "k1"), yield* signingKey("ES256", "k2")]
      const idp = yield* idpServer
      idp.respond = document(jwksOf(key))
      const { authenticate } = yield* gateway(idp)
      for (let request = 0; request < 100; request++) {
        yield* authenticate(yield* sign(key, { jti: String(request) }))
        yield* Effect.flip(authenticate(yield* sign(stranger, { jti: String(request) })))
        yield* Effect.flip(authenticate(`sk-${request}`))
      }
      assert.strictEqual(idp.requests.length, 1)
    })
  )

  it.effect("goes on with the last good keys while the provider is broken in every way", () =>
    Effect.gen(function* () {
      const key = yield* signingKey("RS256", "k1")
      const [idp, elsewhere] = [yield* idpServer, yield* idpServer]
      idp.respond = document(jwksOf(key))
      const { authenticate, failures, fetches, nextFetch } = yield* gateway(idp)
      elsewhere.respond = document(jwksOf(yield* signingKey("RS256", "evil")))
      const token = yield* sign(key, { exp: NOW + 86_400 })

      const ways: ReadonlyArray<readonly [end: string, respond: IdpServer["respond"]]> = [
        ["503", (_, response) => response.writeHead(503).end()],
        ["ok", document("<html>Sign in</html>")],
        ["ok", document(`{"keys":[]}`)],
        ["302", (_, response) => response.writeHead(302, { location: elsewhere.url }).end()],
        ["No answer", (request) => request.socket.destroy()],
        ["No answer", document("x".repeat(2 * 1024 * 1024))]
      ]
      for (const [index, [end, respond]] of ways.entries()) {
        idp.respond = respond
        yield* nextFetch
        yield* until(() => failures() === index + 1)
        assert.include(fetches.ends.at(-1), end)
        yield* authenticate(token)
      }
      // The slow one is given five seconds and hung up on.
      const before = idp.requests.length
      idp.respond = () => {}
      yield* nextFetch
      yield* until(() => idp.requests.length > before)
      yield* TestClock.adjust("5 seconds")
      yield* until(() => failures() === ways.length + 1 && idp.aborted > 0)
      yield* authenticate(token)
      assert.deepStrictEqual(elsewhere.requests, [])
    })
  )
})
