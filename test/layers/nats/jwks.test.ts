import { existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { Jwks } from "../../../src/layers/jose/Jwks.ts"
import { JwksFetch } from "../../../src/layers/jose/JwksFetch.ts"
import * as JwksRefresher from "../../../src/layers/jose/JwksRefresher.ts"
import * as MemoryAuthentication from "../../../src/layers/jose/MemoryAuthentication.ts"
import { ConfigBucket } from "../../../src/layers/nats/ConfigBucket.ts"
import { hearKeySetRequests } from "../../../src/layers/nats/KeySetRequests.ts"
import * as NatsJwks from "../../../src/layers/nats/NatsJwks.ts"
import { NatsLink } from "../../../src/layers/nats/NatsLink.ts"
import * as PublishingJwksFetch from "../../../src/layers/nats/PublishingJwksFetch.ts"
import { encodeKeySet, keySetKey, REFRESH_SUBJECT } from "../../../src/layers/nats/publishedKeySets.ts"
import { Authentication } from "../../../src/services/gateway/Authentication.ts"
import { configSyncLayer } from "../jose/FakeConfigSync.ts"
import { type Answer, down } from "../jose/FakeIdp.ts"
import { configOf, jwksOf, jwtIssuer, NOW, type SigningKey, sign, signingKey } from "../jose/identityProvider.ts"
import { until } from "../jose/until.ts"
import { temporaryDirectory } from "../sqlite/temporaryDirectory.ts"
import { linkTo, masterKey } from "./links.ts"
import { natsServer } from "./server.ts"

const KEY = "a-master-key-of-32-characters-or-more"
const DEAD = "nats://127.0.0.1:9"
const DAY_MS = 24 * 60 * 60 * 1000
const issuer = jwtIssuer()
const config = configOf([issuer])
const issuers = configSyncLayer(config)

const bucketAt = (url: string) =>
  ConfigBucket.layer({ replicas: 1 }).pipe(Layer.provideMerge(masterKey(KEY)), Layer.provideMerge(linkTo(url)))

/** The control plane's part, with an identity provider whose answer the test may change. */
const controlPlane = Effect.fnUntraced(function* (url: string, answer: Answer) {
  const idp = { answer, fetched: [] as Array<string> }
  const fetch = (from: string) =>
    Effect.suspend(() => {
      idp.fetched.push(from)
      return idp.answer
    })
  const context = yield* Layer.build(
    Layer.effectDiscard(Effect.forkScoped(hearKeySetRequests)).pipe(
      Layer.provideMerge(JwksRefresher.layer(undefined)),
      Layer.provide(PublishingJwksFetch.layer),
      Layer.provide(Layer.succeed(JwksFetch, { fetch })),
      Layer.provide(issuers),
      Layer.provideMerge(bucketAt(url))
    )
  )
  return { idp, keys: () => Context.get(context, Jwks).keysOf(issuer) }
})

/** A gateway's part: it has no way to an identity provider. */
const gateway = Effect.fnUntraced(function* (url: string, directory: string) {
  const context = yield* Layer.build(
    MemoryAuthentication.layer.pipe(Layer.provideMerge(NatsJwks.layer(directory)), Layer.provideMerge(bucketAt(url)))
  )
  const { authenticate } = Context.get(context, Authentication)
  return {
    link: Context.get(context, NatsLink),
    keys: () => Context.get(context, Jwks).keysOf(issuer),
    authenticate: (token: string) => authenticate(config, `Bearer ${token}`, undefined)
  }
})

/** What gateways ask of the control plane, as it is heard. */
const requestsAt = Effect.fnUntraced(function* (url: string) {
  const link = Context.get(yield* Layer.build(linkTo(url)), NatsLink)
  const connection = yield* link.whenUp
  const heard: Array<string> = []
  connection.subscribe(REFRESH_SUBJECT, { callback: (_, message) => void heard.push(message.string()) })
  const flush = Effect.promise(() => connection.flush())
  yield* flush
  return { heard, flush }
})

const answerOf = (...keys: ReadonlyArray<SigningKey>) => Effect.succeed(jwksOf(...keys))
const keyAndDirectory = (name: string) => Effect.all([signingKey("ES256", name), temporaryDirectory])

describe("signing keys over NATS", () => {
  it.effect("reach a gateway that never calls the provider, and so does their rotation", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW * 1000)
      const [old, directory] = yield* keyAndDirectory("old")
      const next = yield* signingKey("ES256", "next")
      const { url } = yield* natsServer()
      const requests = yield* requestsAt(url)
      const pod = yield* gateway(url, directory)
      assert.strictEqual((yield* Effect.flip(pod.authenticate(yield* sign(old)))).reason, "unavailable")
      const { idp } = yield* controlPlane(url, answerOf(old))
      yield* until(() => pod.keys() !== undefined)
      const oldToken = yield* sign(old)
      assert.strictEqual((yield* pod.authenticate(oldToken)).principal.subject, "user:alice")

      idp.answer = answerOf(next)
      const ask = Effect.fnUntraced(function* () {
        for (let index = 0; index < 50; index++) {
          const token = yield* sign(next, { jti: `${index}` })
          assert.strictEqual((yield* Effect.flip(pod.authenticate(token))).reason, "invalid_token")
        }
      })
      yield* ask()
      yield* until(() => requests.heard.length > 0)
      yield* TestClock.adjust("29 seconds")
      yield* ask()
      yield* pod.link.use((connection) => connection.flush())
      yield* requests.flush
      assert.deepStrictEqual(requests.heard, [issuer.jwksUrl])
      assert.strictEqual(idp.fetched.length, 1)

      yield* TestClock.adjust("1 second")
      yield* until(() => pod.keys()?.find("ES256", "next") !== undefined)
      yield* pod.authenticate(yield* sign(next))
      assert.strictEqual((yield* Effect.flip(pod.authenticate(oldToken))).reason, "invalid_token")
      assert.deepStrictEqual(idp.fetched, [issuer.jwksUrl, issuer.jwksUrl])
    })
  )

  it.effect("stay the last good ones while the provider is down or answers nonsense, also for a new gateway", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW * 1000)
      const [key, directory] = yield* keyAndDirectory("k1")
      const { url } = yield* natsServer()
      const token = yield* sign(key, { exp: NOW + 86_400 })
      const { idp } = yield* controlPlane(url, answerOf(key))
      const pod = yield* gateway(url, directory)
      yield* until(() => pod.keys() !== undefined)
      const before = pod.keys()
      for (const answer of [down, Effect.succeed("<html>Sign in</html>"), Effect.succeed(`{"keys":[]}`)]) {
        idp.answer = answer
        const fetches = idp.fetched.length
        while (idp.fetched.length === fetches) yield* TestClock.adjust("10 seconds")
        yield* pod.authenticate(token)
      }
      assert.strictEqual(pod.keys(), before)
      const late = yield* gateway(url, yield* temporaryDirectory)
      yield* until(() => late.keys() !== undefined)
      yield* late.authenticate(token)
    })
  )

  it.effect("are kept on disk for a start without NATS, and trusted for a day after they were fetched", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW * 1000)
      const [key, directory] = yield* keyAndDirectory("k1")
      const { url } = yield* natsServer()
      const token = yield* sign(key, { exp: NOW + 3 * 86_400 })
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* controlPlane(url, answerOf(key))
          const pod = yield* gateway(url, directory)
          yield* until(() => pod.keys() !== undefined && existsSync(join(directory, "jwks.sealed")))
        })
      )
      const startedAt = (time: number) =>
        Effect.gen(function* () {
          yield* TestClock.setTime(time)
          const pod = yield* Effect.scoped(gateway(DEAD, directory))
          return yield* Effect.exit(pod.authenticate(token))
        })
      assert.isTrue(Exit.isSuccess(yield* startedAt(NOW * 1000 + DAY_MS - 1)))
      assert.isTrue(Exit.isFailure(yield* startedAt(NOW * 1000 + DAY_MS)))
    })
  )

  it.effect("are those that the bucket holds, whatever its times say", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW * 1000)
      const [old, directory] = yield* keyAndDirectory("old")
      const next = yield* signingKey("ES256", "next")
      const { url } = yield* natsServer()
      const bucket = Context.get(yield* Layer.build(bucketAt(url)), ConfigBucket)
      yield* bucket.loaded
      const put = (key: SigningKey, fetchedAt: number) =>
        bucket.put(keySetKey(issuer.jwksUrl), encodeKeySet({ url: issuer.jwksUrl, fetchedAt, document: jwksOf(key) }))
      // A control plane whose clock runs two days ahead, and is set right.
      yield* put(old, NOW * 1000 + 2 * DAY_MS)
      const pod = yield* gateway(url, directory)
      yield* until(() => pod.keys()?.find("ES256", "old") !== undefined)
      yield* put(next, NOW * 1000)
      yield* until(() => pod.keys()?.find("ES256", "next") !== undefined)
      assert.isUndefined(pod.keys()?.find("ES256", "old"))
    })
  )

  it.live("that were fetched while NATS was away are published when it is there, and again when it lost its disk", () =>
    Effect.gen(function* () {
      const [key, directory] = yield* keyAndDirectory("k1")
      const server = yield* natsServer()
      yield* server.kill
      const { idp, keys } = yield* controlPlane(server.url, answerOf(key))
      yield* until(() => keys() !== undefined)
      yield* server.start
      const pod = yield* gateway(server.url, directory)
      yield* until(() => pod.keys() !== undefined)

      yield* server.kill
      rmSync(join(server.directory, "store"), { recursive: true })
      yield* server.start
      const late = yield* gateway(server.url, yield* temporaryDirectory)
      yield* until(() => late.keys() !== undefined)
      assert.strictEqual(idp.fetched.length, 1)
    })
  )
})
