import { chmod, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/testing/TestClock"
import { Jwks } from "../../../src/layers/jose/Jwks.ts"
import * as JwksRefresher from "../../../src/layers/jose/JwksRefresher.ts"
import { readKeySet, SavedKeySet, writeKeySet } from "../../../src/layers/jose/savedKeySets.ts"
import { Metrics } from "../../../src/services/metrics/Metrics.ts"
import { configSyncLayer } from "./FakeConfigSync.ts"
import { type Answer, down, FakeIdp } from "./FakeIdp.ts"
import { configOf, ISSUER, jwksOf, jwtIssuer, NOW, signingKey } from "./identityProvider.ts"
import { until } from "./until.ts"

const directory = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "spangate-jwks-"))),
  (path) => Effect.promise(() => rm(path, { recursive: true }))
)

const issuer = jwtIssuer()
const saved = (fetchedAt: number, document: string) =>
  new SavedKeySet({ issuer: ISSUER, url: issuer.jwksUrl, fetchedAt, document })

const filesIn = (path: string) => Effect.promise(() => readdir(path))

/** A gateway started on that directory while the provider answers so; the keys it has once the first fetch is over. */
const started = (path: string, answer: Answer) =>
  Effect.gen(function* () {
    const idp = yield* FakeIdp
    idp.answer = answer
    const jwks = yield* Jwks
    const metrics = yield* Metrics
    yield* until(() => /outcome="(ok|failed)"\} 1/.test(metrics.render()))
    return { idp, keys: jwks.keysOf(issuer) }
  }).pipe(
    Effect.provide(
      JwksRefresher.layer(path).pipe(
        Layer.provideMerge(FakeIdp.layer),
        Layer.provideMerge(configSyncLayer(configOf([issuer]))),
        Layer.provideMerge(Metrics.layer)
      ),
      { local: true }
    )
  )

describe("saved key sets", () => {
  it.effect("serve after a restart while the provider is down", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW * 1000)
      const path = join(yield* directory, "made", "by us")
      const key = yield* signingKey("ES256", "k1")
      yield* writeKeySet(path, saved(NOW * 1000 - 1000, jwksOf(key)))
      const { keys } = yield* started(path, down)
      assert.isDefined(keys?.find("ES256", "k1"))
    })
  )

  it.effect("are not believed for more than 24 hours after their fetch", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW * 1000)
      const path = yield* directory
      const key = yield* signingKey("ES256", "k1")
      const day = 24 * 60 * 60 * 1000
      yield* writeKeySet(path, saved(NOW * 1000 - day + 1, jwksOf(key)))
      assert.isDefined((yield* started(path, down)).keys)
      yield* writeKeySet(path, saved(NOW * 1000 - day, jwksOf(key)))
      assert.isUndefined((yield* started(path, down)).keys)
    })
  )

  it.effect("are written at each fetch, for this user alone, with nothing left over", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW * 1000)
      const path = yield* directory
      const key = yield* signingKey("ES256", "k1")
      yield* Effect.gen(function* () {
        const idp = yield* FakeIdp
        idp.answer = Effect.succeed(jwksOf(key))
        yield* Jwks
        yield* TestClock.adjust("2 seconds")
        // The first fetch was made before the answer was set.
        let read = Option.none<SavedKeySet>()
        while (Option.isNone(read)) {
          read = yield* readKeySet(path, ISSUER, issuer.jwksUrl)
        }
        assert.strictEqual(read.value.document, jwksOf(key))
      }).pipe(
        Effect.provide(
          JwksRefresher.layer(path).pipe(
            Layer.provideMerge(FakeIdp.layer),
            Layer.provideMerge(configSyncLayer(configOf([issuer]))),
            Layer.provideMerge(Metrics.layer)
          )
        )
      )
      const [file, ...others] = yield* filesIn(path)
      assert.deepStrictEqual(others, [])
      const { mode } = yield* Effect.promise(() => stat(join(path, file ?? "")))
      assert.strictEqual(mode & 0o777, 0o600)
    })
  )

  it.effect("are ignored where they are damaged or somebody else's", () =>
    Effect.gen(function* () {
      const path = yield* directory
      yield* writeKeySet(path, saved(1, "x"))
      assert.isTrue(Option.isSome(yield* readKeySet(path, ISSUER, issuer.jwksUrl)))
      assert.isTrue(Option.isNone(yield* readKeySet(path, ISSUER, "https://idp.acme.io/other")))
      assert.isTrue(Option.isNone(yield* readKeySet(path, "https://other.io", issuer.jwksUrl)))
      const [file = ""] = yield* filesIn(path)
      for (const text of [
        "",
        "{}",
        `{"issuer":"${ISSUER}"}`,
        JSON.stringify({ ...saved(1, "x"), url: "https://evil.io" })
      ]) {
        yield* Effect.promise(() => writeFile(join(path, file), text))
        assert.isTrue(Option.isNone(yield* readKeySet(path, ISSUER, issuer.jwksUrl)))
      }
    })
  )

  it.effect("do no harm where they cannot be written", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "file")
      yield* Effect.promise(() => writeFile(path, ""))
      yield* Effect.promise(() => chmod(path, 0o400))
      yield* writeKeySet(path, saved(1, "x"))
      assert.isTrue(Option.isNone(yield* readKeySet(path, ISSUER, issuer.jwksUrl)))
    })
  )
})
