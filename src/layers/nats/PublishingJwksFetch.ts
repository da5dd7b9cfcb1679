import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { JwksFetch } from "../jose/JwksFetch.ts"
import { parseKeySet } from "../jose/KeySet.ts"
import { ConfigBucket } from "./ConfigBucket.ts"
import { encodeKeySet, keySetKey } from "./publishedKeySets.ts"

/** Publishes each key set that is fetched through it, so that gateways never call an identity provider. */
export const layer: Layer.Layer<JwksFetch, never, JwksFetch | ConfigBucket> = Layer.effect(
  JwksFetch,
  Effect.gen(function* () {
    const { fetch } = yield* JwksFetch
    const bucket = yield* ConfigBucket

    const publish = Effect.fnUntraced(function* (url: string, document: string) {
      // One that no token can be verified with must not replace one that can.
      yield* parseKeySet(document)
      const fetchedAt = yield* Clock.currentTimeMillis
      yield* bucket.put(keySetKey(url), encodeKeySet({ url, fetchedAt, document }))
    })

    return JwksFetch.of({
      fetch: (url) =>
        Effect.tap(fetch(url), (document) =>
          Effect.ignore(publish(url, document), { log: "Warn", message: "signing keys could not be published" })
        )
    })
  })
)
