import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { CompiledConfig, Principal } from "../config/CompiledConfig.ts"

export interface Authenticated {
  readonly principal: Principal
  readonly method: "api_key" | "jwt"
}

/** The caller is not let in. `message` is for the caller and names neither the token nor a part of it. */
export class NotAuthenticated extends Schema.TaggedError<NotAuthenticated>()("NotAuthenticated", {
  reason: Schema.Literals(["missing", "invalid_token", "expired", "unavailable"]),
  method: Schema.Literals(["api_key", "jwt", "none"]),
  message: Schema.String
}) {}

/** Who calls, from memory alone: no call leaves the process on the request path. */
export class Authentication extends Context.Service<
  Authentication,
  {
    /** `authorization` is the header's value (`Bearer …`); `apiKey` is `x-api-key`, as the Anthropic SDK sends it. */
    readonly authenticate: (
      config: CompiledConfig,
      authorization: string | undefined,
      apiKey: string | undefined
    ) => Effect.Effect<Authenticated, NotAuthenticated>
  }
>()("spangate/services/gateway/Authentication") {}
