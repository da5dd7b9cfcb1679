import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Account } from "../../services/config/CompiledConfig.ts"
import { Upstream } from "../../services/gateway/Upstream.ts"
import { FakeProvider } from "./FakeProvider.ts"

/**
 * Over any Upstream: every account's calls go to the fake provider instead, which speaks both dialects. All else, keys
 * and paths included, stays as configured, so that a staging gateway runs production's YAML without a provider account.
 */
export const FakeUpstreamLayer = <E, R>(real: Layer.Layer<Upstream, E, R>) =>
  Layer.effect(
    Upstream,
    Effect.gen(function* () {
      const { send } = yield* Upstream
      const { origin } = yield* FakeProvider
      const diverted = new WeakMap<Account, Account>()
      const divert = (account: Account): Account => {
        let fake = diverted.get(account)
        if (fake === undefined) {
          fake = { ...account, origin }
          diverted.set(account, fake)
        }
        return fake
      }
      return Upstream.of({ send: (request) => send({ ...request, account: divert(request.account) }) })
    })
  ).pipe(Layer.provide(real))
