import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as TestClock from "effect/testing/TestClock"
import { Jwks } from "../../../src/layers/jose/Jwks.ts"
import * as JwksRefresher from "../../../src/layers/jose/JwksRefresher.ts"
import { Metrics } from "../../../src/services/metrics/Metrics.ts"
import { configSyncLayer, FakeConfig } from "./FakeConfigSync.ts"
import { type Answer, down, FakeIdp } from "./FakeIdp.ts"
import { configOf, ISSUER, jwksOf, jwtIssuer, NOW, signingKey } from "./identityProvider.ts"
import { until } from "./until.ts"

const issuer = jwtIssuer()

const MINUTE = 60_000

// Before the refresher starts: else it would have decades to catch up with.
const AtNow = Layer.effectDiscard(TestClock.setTime(NOW * 1000))

const TestLayer = JwksRefresher.layer(undefined).pipe(
  Layer.provideMerge(FakeIdp.layer),
  Layer.provideMerge(configSyncLayer(configOf([issuer]))),
  Layer.provideMerge(Metrics.layer),
  Layer.provide(AtNow)
)

/** How many fetches have ended that way. */
const ended = (outcome: "ok" | "failed") =>
  Effect.map(Metrics, (metrics) =>
    Number(new RegExp(`fetches_total\\{issuer="${ISSUER}",outcome="${outcome}"\\} (\\d+)`).exec(metrics.render())?.[1])
  )

/** The answer from here on, and the next fetch made with it. */
const answering = Effect.fnUntraced(function* (answer: Answer, next: Effect.Effect<void, never, FakeIdp>) {
  const idp = yield* FakeIdp
  const metrics = yield* Metrics
  const total = Effect.zipWith(ended("ok"), ended("failed"), (ok, failed) => ok + failed).pipe(
    Effect.provideService(Metrics, metrics)
  )
  idp.answer = answer
  const before = idp.fetched.length
  yield* next
  yield* until(() => idp.fetched.length > before)
  // The document's keys are imported on the thread pool: the fetch is over when it is counted.
  while ((yield* total) < idp.fetched.length) yield* Effect.yieldNow
})

/** Time goes on until a fetch begins and no further, or its own time limit would pass while it runs. */
const fetchWithin = Effect.fnUntraced(function* (seconds: number) {
  const idp = yield* FakeIdp
  const before = idp.fetched.length
  for (let passed = 0; passed < seconds && idp.fetched.length === before; passed++) yield* TestClock.adjust("1 second")
  assert.strictEqual(idp.fetched.length, before + 1)
})

const aRefresh = fetchWithin(330)

const twoKeys = Effect.zipWith(signingKey("ES256", "k1"), signingKey("ES256", "k2"), (k1, k2) => ({ k1, k2 }))

/** The refresher with its first fetch answered. */
const begin = Effect.fnUntraced(function* (answer: Answer) {
  const idp = yield* FakeIdp
  idp.answer = answer
  const jwks = yield* Jwks
  yield* answering(answer, fetchWithin(2))
  return { idp, jwks }
})

describe("JwksRefresher", () => {
  it.effect("is ready at once, without keys, and retries at growing intervals until they are there", () =>
    Effect.gen(function* () {
      const { k1 } = yield* twoKeys
      const { idp, jwks } = yield* begin(down)
      assert.isUndefined(jwks.keysOf(issuer))
      const times: Array<number> = []
      let passed = 0
      while (passed < 1000) {
        const before = idp.fetched.length
        yield* TestClock.adjust("1 second")
        passed += 1
        if (idp.fetched.length > before) times.push(passed)
      }
      const gaps = times.slice(1).map((time, index) => time - times[index]!)
      // Seconds, each between half and all of twice the one before, and five minutes at the most.
      assert.isAtLeast(gaps.length, 6)
      gaps.slice(0, 6).forEach((gap, index) => {
        assert.isAtLeast(gap, 2 ** index - 1)
      })
      assert.isAtMost(Math.max(...gaps), 301)
      yield* answering(Effect.succeed(jwksOf(k1)), aRefresh)
      assert.isDefined(jwks.keysOf(issuer)?.find("ES256", "k1"))
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("fetches every five minutes with jitter, and keeps the same object while the keys are the same", () =>
    Effect.gen(function* () {
      const { k1, k2 } = yield* twoKeys
      const { idp, jwks } = yield* begin(Effect.succeed(jwksOf(k1)))
      const first = jwks.keysOf(issuer)
      const before = idp.fetched.length
      yield* TestClock.adjust(4.95 * MINUTE)
      assert.strictEqual(idp.fetched.length, before)
      yield* answering(Effect.succeed(jwksOf(k1)), fetchWithin(33))
      assert.strictEqual(idp.fetched.length, before + 1)
      assert.strictEqual(jwks.keysOf(issuer), first)
      yield* answering(Effect.succeed(jwksOf(k2)), aRefresh)
      assert.isUndefined(jwks.keysOf(issuer)?.find("ES256", "k1"))
      assert.isDefined(jwks.keysOf(issuer)?.find("ES256", "k2"))
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect.each([
    ["down", down],
    ["answering garbage", Effect.succeed("<html>")],
    ["answering an empty set", Effect.succeed(`{"keys":[]}`)],
    ["answering keys of other kinds", Effect.succeed(`{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}`)],
    ["broken", Effect.die(new Error("a bug"))]
  ] as const)("keeps the last good keys while the provider is %s, for 24 hours", ([_, answer]) =>
    Effect.gen(function* () {
      const { k1 } = yield* twoKeys
      const { jwks } = yield* begin(Effect.succeed(jwksOf(k1)))
      const good = jwks.keysOf(issuer)
      assert.isDefined(good)
      yield* answering(answer, aRefresh)
      assert.strictEqual(jwks.keysOf(issuer), good)
      yield* TestClock.adjust((24 * 60 - 6) * MINUTE)
      assert.strictEqual(jwks.keysOf(issuer), good)
      yield* TestClock.adjust("1 minute")
      assert.isUndefined(jwks.keysOf(issuer))
      yield* answering(Effect.succeed(jwksOf(k1)), aRefresh)
      assert.strictEqual(jwks.keysOf(issuer), good)
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("gives up on a slow provider after five seconds and keeps the last good keys", () =>
    Effect.gen(function* () {
      const { k1 } = yield* twoKeys
      const { idp, jwks } = yield* begin(Effect.succeed(jwksOf(k1)))
      const failed = yield* ended("failed")
      idp.answer = Effect.never
      yield* aRefresh
      // The fetch began within the second that has just passed.
      yield* TestClock.adjust("4 seconds")
      assert.strictEqual(idp.interrupted.length, 0)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(idp.interrupted.length, 1)
      assert.strictEqual(yield* ended("failed"), failed + 1)
      assert.isDefined(jwks.keysOf(issuer))
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("fetches once for 200 tokens with unknown keys, and no sooner than 30 seconds after the last try", () =>
    Effect.gen(function* () {
      const { k1, k2 } = yield* twoKeys
      const { idp, jwks } = yield* begin(Effect.succeed(jwksOf(k1)))
      const before = idp.fetched.length
      const ask = Effect.sync(() => {
        for (let i = 0; i < 200; i++) jwks.unknownKey(issuer)
      })
      yield* ask
      yield* TestClock.adjust("27 seconds")
      assert.strictEqual(idp.fetched.length, before)
      yield* answering(Effect.succeed(jwksOf(k1, k2)), fetchWithin(3))
      assert.strictEqual(idp.fetched.length, before + 1)
      assert.isDefined(jwks.keysOf(issuer)?.find("ES256", "k2"))
      // Long after the last try it is done at once, and then not again.
      yield* TestClock.adjust("1 minute")
      yield* answering(Effect.succeed(jwksOf(k1, k2)), ask)
      assert.strictEqual(idp.fetched.length, before + 2)
      yield* TestClock.adjust("4 minutes")
      assert.strictEqual(idp.fetched.length, before + 2)
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("makes one fetch at a time: who asks during a fetch is answered by it", () =>
    Effect.gen(function* () {
      const { k1 } = yield* twoKeys
      const { idp, jwks } = yield* begin(Effect.succeed(jwksOf(k1)))
      const before = idp.fetched.length
      yield* TestClock.adjust("1 minute")
      yield* answering(
        Effect.andThen(
          Effect.sync(() => {
            for (let i = 0; i < 200; i++) jwks.unknownKey(issuer)
          }),
          Effect.succeed(jwksOf(k1))
        ),
        Effect.sync(() => jwks.unknownKey(issuer))
      )
      yield* TestClock.adjust("4 minutes")
      assert.strictEqual(idp.fetched.length, before + 1)
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("starts with an issuer, stops with it, and starts anew where its address changes", () =>
    Effect.gen(function* () {
      const { k1, k2 } = yield* twoKeys
      const { idp, jwks } = yield* begin(Effect.succeed(jwksOf(k1)))
      const config = yield* FakeConfig
      const good = jwks.keysOf(issuer)

      const other = jwtIssuer({ issuer: "https://other.io", jwksUrl: "https://other.io/keys" })
      yield* SubscriptionRef.set(config, configOf([issuer, other], [], "r2"))
      yield* until(() => jwks.keysOf(other) !== undefined)
      assert.strictEqual(jwks.keysOf(issuer), good)

      const moved = jwtIssuer({ jwksUrl: "https://idp.acme.io/new" })
      idp.answer = Effect.succeed(jwksOf(k2))
      yield* SubscriptionRef.set(config, configOf([moved], [], "r3"))
      yield* until(() => jwks.keysOf(moved) !== undefined)
      assert.isUndefined(jwks.keysOf(issuer))
      assert.isUndefined(jwks.keysOf(other))
      assert.isDefined(jwks.keysOf(moved)?.find("ES256", "k2"))

      const before = idp.fetched.length
      yield* SubscriptionRef.set(config, configOf([], [], "r4"))
      yield* until(() => jwks.keysOf(moved) === undefined)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(idp.fetched.length, before)
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("interrupts a fetch under way when its scope closes, and fetches no more", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(TestLayer, scope)
      const idp = yield* Effect.provide(FakeIdp, context)
      idp.answer = Effect.never
      yield* TestClock.adjust("2 seconds")
      yield* until(() => idp.fetched.length > 0)
      const before = idp.fetched.length
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(idp.interrupted.length, 1)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(idp.fetched.length, before)
    })
  )

  it.effect("tells the age of the keys in use", () =>
    Effect.gen(function* () {
      const { k1 } = yield* twoKeys
      yield* begin(Effect.succeed(jwksOf(k1)))
      const metrics = yield* Metrics
      yield* TestClock.adjust("90 seconds")
      const age = /spangate_jwks_age_seconds\{issuer="https:\/\/idp.acme.io"\} ([\d.]+)/.exec(metrics.render())?.[1]
      assert.closeTo(Number(age), 91, 1.5)
    }).pipe(Effect.provide(TestLayer))
  )
})
