import * as Effect from "effect/Effect"
import type { CompiledConfig, Principal } from "../config/CompiledConfig.ts"
import type { TraceRecord } from "../trace/TraceRecord.ts"
import type { Authentication, NotAuthenticated } from "./Authentication.ts"
import type { Exchange } from "./Exchange.ts"
import { Refusal } from "./Refusal.ts"

/** Stage 2: who calls. From memory alone. */
export const authenticate = Effect.fnUntraced(function* (
  authentication: Authentication["Service"],
  now: () => number,
  config: CompiledConfig,
  exchange: Exchange,
  record: TraceRecord
): Effect.fn.Return<Principal, Refusal> {
  const start = now()
  const outcome = yield* Effect.result(
    authentication.authenticate(config, exchange.header("authorization"), exchange.header("x-api-key"))
  )
  const { header } = record
  if (outcome._tag === "Failure") {
    const { reason, method } = outcome.failure
    header.auth = { start, end: now(), method, result: reason === "missing" ? "denied" : "invalid", errorType: reason }
    return yield* refusal(outcome.failure)
  }
  const { principal, method } = outcome.success
  header.auth = { start, end: now(), method, result: "ok" }
  header.subject = principal.subject
  if (principal.teams.length > 0) header.teams = principal.teams
  return principal
})

const refusal = ({ reason, message }: NotAuthenticated): Refusal =>
  reason === "unavailable"
    ? new Refusal({ status: 503, type: "api_error", code: "authentication_unavailable", message })
    : new Refusal({ status: 401, type: "authentication_error", code: CODES[reason], message })

const CODES = { missing: "missing_api_key", invalid_token: "invalid_api_key", expired: "token_expired" } as const
