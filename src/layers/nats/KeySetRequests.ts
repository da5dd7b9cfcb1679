import * as Effect from "effect/Effect"
import { ConfigSync } from "../../services/config/ConfigSync.ts"
import { Jwks } from "../jose/Jwks.ts"
import { NatsAway } from "./NatsAway.ts"
import { NatsLink } from "./NatsLink.ts"
import { REFRESH_SUBJECT } from "./publishedKeySets.ts"

/**
 * Hears of tokens with unknown keys that gateways have met, for the issuers of the configuration in force; the refresher
 * bounds how often that means a fetch. Never ends and never fails.
 */
export const hearKeySetRequests: Effect.Effect<never, never, NatsLink | ConfigSync | Jwks> = Effect.gen(function* () {
  const link = yield* NatsLink
  const config = yield* ConfigSync
  const jwks = yield* Jwks
  const connection = yield* link.whenUp
  const requests = yield* Effect.acquireRelease(
    Effect.try({
      try: () => connection.subscribe(REFRESH_SUBJECT),
      catch: (cause) => new NatsAway({ cause })
    }),
    (subscription) => Effect.sync(() => subscription.unsubscribe())
  )
  yield* Effect.tryPromise({
    try: async () => {
      for await (const message of requests) {
        const url = message.string()
        for (const issuer of config.current().jwtIssuers.values()) if (issuer.jwksUrl === url) jwks.unknownKey(issuer)
      }
    },
    catch: (cause) => new NatsAway({ cause })
  })
}).pipe(
  Effect.scoped,
  // NATS may forbid it, or close the connection: the keys are still refreshed by the clock.
  Effect.ignore({ log: "Warn", message: "requests for signing keys cannot be heard" }),
  Effect.andThen(Effect.sleep("1 second")),
  Effect.forever
)
