import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FiberMap from "effect/FiberMap"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import type { CompiledConfig } from "../../services/config/CompiledConfig.ts"
import { ConfigSync } from "../../services/config/ConfigSync.ts"
import { Metrics } from "../../services/metrics/Metrics.ts"
import { IssuerKeys, keepFresh } from "./IssuerKeys.ts"
import { Jwks } from "./Jwks.ts"
import { JwksFetch } from "./JwksFetch.ts"

/**
 * Fetches the keys of every issuer in the configuration, one fiber each, started and stopped as issuers come and go.
 * The layer is ready at once: tokens are answered `unavailable` until their issuer's first keys are there.
 * `directory` keeps a copy of each key set for the next start; undefined keeps none.
 */
export const layer = (directory: string | undefined): Layer.Layer<Jwks, never, ConfigSync | JwksFetch | Metrics> =>
  Layer.effect(
    Jwks,
    Effect.gen(function* () {
      const sync = yield* ConfigSync
      const { fetch } = yield* JwksFetch
      const metrics = yield* Metrics
      const clock = yield* Clock.Clock
      const fibers = yield* FiberMap.make<string>()
      const issuers = new Map<string, IssuerKeys>()

      const fetches = metrics.counter("spangate_jwks_fetches_total", "Fetches of an issuer's signing keys.", [
        "issuer",
        "outcome"
      ])
      metrics.observed("gauge", "spangate_jwks_age_seconds", "Age of the signing keys in use.", ["issuer"], () =>
        [...issuers.values()]
          .filter(({ keys }) => keys !== undefined)
          .map(({ fetchedAt, issuer }) => [[issuer], (clock.currentTimeMillisUnsafe() - fetchedAt) / 1000])
      )

      const reconcile = Effect.fnUntraced(function* (config: CompiledConfig) {
        for (const { issuer, url } of issuers.values()) {
          if (config.jwtIssuers.get(issuer)?.jwksUrl === url) continue
          issuers.delete(issuer)
          yield* FiberMap.remove(fibers, issuer)
        }
        for (const { issuer, jwksUrl } of config.jwtIssuers.values()) {
          if (issuers.has(issuer)) continue
          const keys = new IssuerKeys(issuer, jwksUrl, yield* Queue.dropping<void>(1))
          issuers.set(issuer, keys)
          const succeeded = fetches.labels(issuer, "ok")
          const failed = fetches.labels(issuer, "failed")
          yield* FiberMap.run(fibers, issuer, keepFresh(keys, { fetch, directory, succeeded, failed }))
        }
      })

      // Now, so that the first request finds its issuer known; the stream repeats it, which changes nothing.
      yield* reconcile(sync.current())
      yield* Stream.runForEach(sync.changes, reconcile).pipe(Effect.forkScoped)

      const find = (issuer: string, url: string): IssuerKeys | undefined => {
        const keys = issuers.get(issuer)
        return keys?.url === url ? keys : undefined
      }

      return Jwks.of({
        keysOf: ({ issuer, jwksUrl }) => find(issuer, jwksUrl)?.trusted(clock.currentTimeMillisUnsafe()),
        unknownKey: ({ issuer, jwksUrl }) => {
          const keys = find(issuer, jwksUrl)
          if (keys !== undefined) Queue.offerUnsafe(keys.asked, undefined)
        }
      })
    })
  )
