import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as HttpServerResponse from "effect/http/HttpServerResponse"
import type { Unreachable } from "./problems.ts"

/** The way from the control plane to a gateway. */
export class PlaygroundProxy extends Context.Service<
  PlaygroundProxy,
  {
    /** The gateway's own answer, as it comes. Interrupting ends the exchange. */
    readonly chat: (request: {
      readonly body: string
      readonly token: string | undefined
    }) => Effect.Effect<HttpServerResponse.HttpServerResponse, Unreachable>
  }
>()("spangate/services/api/PlaygroundProxy") {}
