import * as Effect from "effect/Effect"
import type { CompiledConfig, Principal } from "../config/CompiledConfig.ts"
import type { TraceRecord } from "../trace/TraceRecord.ts"
import type { Authenticated, Authentication, NotAuthenticated } from "./Authentication.ts"
import type { Exchange } from "./Exchange.ts"
import { Refusal } from "./Refusal.ts"

/** Stage 2: who calls, noted in the trace. From memory alone. */
export const authenticate = (
  authentication: Authentication["Service"],
  now: () => number,
  config: CompiledConfig,
  exchange: Exchange,
  record: TraceRecord
): Effect.Effect<Principal, Refusal> => {
  const start = now()
  const { header } = record
  return Effect.matchEffect(
    authentication.authenticate(config, exchange.header("authorization"), exchange.header("x-api-key")),
    {
      onFailure: (failure: NotAuthenticated) => {
        const { method, reason } = failure
        header.auth = {
          start,
          end: now(),
          method,
          result: reason === "missing" ? "denied" : "invalid",
          errorType: reason
        }
        return refusal(failure)
      },
      onSuccess: ({ method, principal }: Authenticated) => {
        header.auth = { start, end: now(), method, result: "ok" }
        header.subject = principal.subject
        if (principal.teams.length > 0) header.teams = principal.teams
        return Effect.succeed(principal)
      }
    }
  )
}

const refusal = ({ reason, message }: NotAuthenticated): Refusal =>
  reason === "unavailable"
    ? new Refusal({ status: 503, type: "api_error", code: "authentication_unavailable", message })
    : new Refusal({ status: 401, type: "authentication_error", code: CODES[reason], message })

const CODES = { missing: "missing_api_key", invalid_token: "invalid_api_key", expired: "token_expired" } as const
