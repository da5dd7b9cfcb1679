import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as LocalFleet from "../../../src/layers/system/LocalFleet.ts"
import type { CompiledConfig } from "../../../src/services/config/CompiledConfig.ts"
import { ConfigSync } from "../../../src/services/config/ConfigSync.ts"
import type { DestinationStatus } from "../../../src/services/export/DestinationStatus.ts"
import { Exporter } from "../../../src/services/export/Exporter.ts"
import { Fleet } from "../../../src/services/export/Fleet.ts"

// Nothing else is read of either.
const config = { revision: "7" } as unknown as CompiledConfig
const status = { name: "x" } as unknown as DestinationStatus

it.effect("a process that is everything is a gateway and an exporter, and knows its own destinations", () =>
  Effect.gen(function* () {
    const fleet = yield* Fleet
    const both = { instance: "i", host: "pod", version: "1", revision: "7", seenAt: 0 }
    assert.deepStrictEqual(yield* fleet.members, [
      { role: "gateway", ...both },
      { role: "exporter", ...both }
    ])
    assert.deepStrictEqual(yield* fleet.destinations, [status])
  }).pipe(
    Effect.provide(
      LocalFleet.layer({
        version: "1",
        instanceId: "i",
        hostName: "node",
        platform: { "k8s.pod.name": "pod" }
      }).pipe(
        Layer.provide([
          Layer.succeed(Exporter, { statuses: Effect.succeed([status]), flush: () => Effect.succeed([]) }),
          Layer.succeed(ConfigSync, { current: () => config, changes: Stream.make(config), refused: () => 0 })
        ])
      )
    )
  )
)
