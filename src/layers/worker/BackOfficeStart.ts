import { parentPort } from "node:worker_threads"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { BackOfficeOptions, Request } from "./protocol.ts"

/** What the gateway's thread starts this one with. It comes as the first message, and the layer waits for it. */
export class BackOfficeStart extends Context.Service<BackOfficeStart, BackOfficeOptions>()(
  "spangate/layers/worker/BackOfficeStart"
) {
  static readonly layer = Layer.effect(
    BackOfficeStart,
    Effect.callback<BackOfficeOptions>((resume) => {
      parentPort?.once("message", (request: Request) => {
        if (request.type === "start") resume(Effect.succeed(request.options))
      })
    })
  )
}
