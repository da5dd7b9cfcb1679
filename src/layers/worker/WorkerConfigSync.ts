import { parentPort } from "node:worker_threads"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { CompiledConfig } from "../../services/config/CompiledConfig.ts"
import { ConfigSync } from "../../services/config/ConfigSync.ts"
import { BackOfficeStart } from "./BackOfficeStart.ts"
import type { ExportSettings, Request } from "./protocol.ts"

/** The configuration as the gateway's thread sends it: destinations and resource; there is no request path here. */
export const WorkerConfigSyncLayer = Layer.effect(
  ConfigSync,
  Effect.gen(function* () {
    const { settings } = yield* BackOfficeStart
    let current = configOf(settings)
    const ref = yield* SubscriptionRef.make(current)
    const run = Effect.runForkWith(yield* Effect.context<never>())
    const onMessage = (request: Request) => {
      if (request.type !== "settings") return
      current = configOf(request.settings)
      run(SubscriptionRef.set(ref, current))
    }
    parentPort?.on("message", onMessage)
    yield* Effect.addFinalizer(() => Effect.sync(() => parentPort?.off("message", onMessage)))
    return ConfigSync.of({ current: () => current, changes: SubscriptionRef.changes(ref), refused: () => 0 })
  })
)

const configOf = ({ revision, resource, destinations, traceRetention }: ExportSettings): CompiledConfig => ({
  revision,
  resource,
  ...(traceRetention === undefined ? {} : { traceRetention }),
  capture: "full",
  maxBodyBytes: 0,
  routes: new Map(),
  tokens: new Map(),
  jwtIssuers: new Map(),
  destinations: destinations.map(({ clientKey, ...destination }) => ({
    ...destination,
    ...(clientKey === undefined ? {} : { clientKey: Redacted.make(clientKey) }),
    headers: Object.fromEntries(
      Object.entries(destination.headers).map(([name, value]) => [name, Redacted.make(value)])
    )
  }))
})
