import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ConfigSync } from "../../services/config/ConfigSync.ts"
import { Exporter } from "../../services/export/Exporter.ts"
import { Fleet, type Member, memberOf } from "../../services/export/Fleet.ts"
import type { DetectedResource } from "../../services/trace/resource.ts"

/** Everything in one process, which is the gateway and the exporter: whoever can ask is there. */
export const layer = (detected: DetectedResource): Layer.Layer<Fleet, never, Exporter | ConfigSync> =>
  Layer.effect(
    Fleet,
    Effect.gen(function* () {
      const config = yield* ConfigSync
      const { statuses } = yield* Exporter
      return Fleet.of({
        members: Effect.map(Clock.currentTimeMillis, (seenAt) => {
          const member = (role: Member["role"]): Member => ({
            ...memberOf(role, detected),
            revision: config.current().revision,
            seenAt
          })
          return [member("gateway"), member("exporter")]
        }),
        destinations: statuses
      })
    })
  )
