import * as Result from "effect/Result"
import type { CompiledConfig, Principal } from "../config/CompiledConfig.ts"
import type { ClientRequest } from "../provider/Translator.ts"
import type { ResolveStage } from "../trace/TraceEvent.ts"
import type { TraceRecord } from "../trace/TraceRecord.ts"
import type { ModelResolver, Resolution } from "./ModelResolver.ts"
import type { Refusal } from "./Refusal.ts"

/** Stage 3: which targets may serve the request, noted in the trace. */
export const resolveModel = (
  resolver: ModelResolver["Service"],
  now: () => number,
  config: CompiledConfig,
  principal: Principal,
  record: TraceRecord,
  request: ClientRequest
): Result.Result<Resolution, Refusal> => {
  const start = now()
  const model = String(request.json["model"])
  const outcome = resolver.resolve(config, principal, model, request.api, record.header.streaming, start)
  if (Result.isFailure(outcome)) {
    record.header.resolve = { start, end: now(), candidates: 0, errorType: outcome.failure.code }
    return outcome
  }
  const { route, targets } = outcome.success
  const stage: ResolveStage = { start, end: now(), strategy: route.strategy, candidates: targets.length }
  const first = targets[0]?.target
  if (first !== undefined) {
    stage.target = first.fqn
    stage.providerName = first.account.providerName
    stage.modelId = first.modelId
    stage.modelName = first.modelName
  }
  record.header.resolve = stage
  return outcome
}
