import { parentPort } from "node:worker_threads"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { MetricsPage } from "../../services/metrics/MetricsPage.ts"
import { FrameSink } from "../../services/trace/FrameSink.ts"
import type { BusFull, BusUnavailable } from "../../services/trace/TraceBus.ts"
import type { Reply, Request } from "./protocol.ts"

/** Serves the gateway's thread from this one, until it says stop. */
export class BackOfficePort extends Context.Service<
  BackOfficePort,
  {
    readonly stopped: Effect.Effect<void>
    /** Where the gateway serves, once it does. */
    readonly gatewayUrl: Effect.Effect<string>
    /** Tells the gateway's thread where the control plane serves. */
    readonly controlServes: (url: string) => void
  }
>()("spangate/layers/worker/BackOfficePort") {
  static readonly layerNoDeps = Layer.effect(
    BackOfficePort,
    Effect.gen(function* () {
      const frames = yield* FrameSink
      const page = yield* MetricsPage
      const stop = yield* Deferred.make<void>()
      const gatewayUrl = yield* Deferred.make<string>()
      const run = Effect.runForkWith(yield* Effect.context<never>())
      const reply = (message: Reply) => parentPort?.postMessage(message)

      const answer = (id: number, stored: Effect.Effect<void, BusFull | BusUnavailable>) =>
        run(
          Effect.match(stored, {
            onSuccess: () => reply({ type: "done", id }),
            onFailure: (error) =>
              error._tag === "BusFull"
                ? reply({ type: "full", id, bytes: error.bytes, limit: error.limit })
                : reply({ type: "unavailable", id, reason: String(error.cause) })
          })
        )

      const onMessage = (request: Request) => {
        switch (request.type) {
          case "publish":
            return answer(request.id, frames.publish(request))
          case "loss":
            return answer(request.id, frames.recordLoss(request.spans, request.reason))
          case "metrics":
            return run(Effect.map(page.render, (text) => reply({ type: "text", id: request.id, text })))
          case "stop":
            return Deferred.doneUnsafe(stop, Effect.void)
          case "serving":
            return Deferred.doneUnsafe(gatewayUrl, Effect.succeed(request.url))
          case "start":
          case "settings":
            return
        }
      }
      parentPort?.on("message", onMessage)
      yield* Effect.addFinalizer(() => Effect.sync(() => parentPort?.off("message", onMessage)))
      reply({ type: "ready" })
      return BackOfficePort.of({
        stopped: Deferred.await(stop),
        gatewayUrl: Deferred.await(gatewayUrl),
        controlServes: (url) => reply({ type: "control", url })
      })
    })
  )
}
