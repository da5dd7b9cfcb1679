import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { CompiledConfig } from "../../../src/services/config/CompiledConfig.ts"
import { ConfigSync } from "../../../src/services/config/ConfigSync.ts"

/** The configuration in force, for a test to swap. */
export class FakeConfig extends Context.Service<FakeConfig, SubscriptionRef.SubscriptionRef<CompiledConfig>>()(
  "test/layers/jose/FakeConfig"
) {}

export const configSyncLayer = (config: CompiledConfig): Layer.Layer<ConfigSync | FakeConfig> =>
  Layer.effect(
    ConfigSync,
    Effect.map(FakeConfig, (ref) =>
      ConfigSync.of({
        current: () => SubscriptionRef.getUnsafe(ref),
        changes: SubscriptionRef.changes(ref),
        refused: () => 0
      })
    )
  ).pipe(Layer.provideMerge(Layer.effect(FakeConfig, SubscriptionRef.make(config))))
