import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import type { CompiledConfig, Principal, Route, RouteTarget } from "../config/CompiledConfig.ts"
import type { ClientApi } from "../provider/Api.ts"
import { translatorFor } from "../provider/translators.ts"
import { orderTargets } from "./orderTargets.ts"
import { Refusal } from "./Refusal.ts"
import { TargetHistory } from "./TargetHistory.ts"

export interface Resolution {
  readonly route: Route
  /** In the order they are to be tried; never empty. */
  readonly targets: ReadonlyArray<RouteTarget>
}

/** From a model's name to the targets that may serve it, best first; and the memory of how they did. */
export class ModelResolver extends Context.Service<
  ModelResolver,
  {
    readonly resolve: (
      config: CompiledConfig,
      principal: Principal,
      model: string,
      api: ClientApi,
      streaming: boolean,
      now: number
    ) => Result.Result<Resolution, Refusal>
    readonly history: (target: string) => TargetHistory
  }
>()("spangate/services/gateway/ModelResolver") {
  static readonly layer = Layer.effect(
    ModelResolver,
    Effect.gen(function* () {
      const random = yield* Random.Random
      const histories = new Map<string, TargetHistory>()
      const history = (target: string): TargetHistory => {
        let found = histories.get(target)
        if (found === undefined) {
          found = new TargetHistory()
          histories.set(target, found)
        }
        return found
      }

      return ModelResolver.of({
        history,
        resolve: (config, principal, model, api, streaming, now) => {
          const route = config.routes.get(model)
          if (route === undefined || !principal.mayUse(model)) return Result.fail(refuse(model, route !== undefined))
          const able = route.targets.every((entry) => speaks(entry, api))
            ? route.targets
            : route.targets.filter((entry) => speaks(entry, api))
          if (able.length === 0) return Result.fail(unsupported(model, api))
          if (able.length === 1) return Result.succeed({ route, targets: able })
          const ordered = orderTargets(
            route.strategy,
            able,
            () => random.nextDoubleUnsafe(),
            (entry) => history(entry.target.fqn).latency(now, streaming)
          )
          const healthy = (entry: RouteTarget) => history(entry.target.fqn).healthy(now)
          return Result.succeed({ route, targets: ordered.every(healthy) ? ordered : unhealthyLast(ordered, healthy) })
        }
      })
    })
  )
}

const speaks = (entry: RouteTarget, api: ClientApi): boolean =>
  translatorFor(api, entry.target.account.api) !== undefined

/** A model that exists but is not the caller's is named as forbidden: the caller knows the name already. */
const refuse = (model: string, exists: boolean): Refusal =>
  exists
    ? new Refusal({
        status: 403,
        type: "permission_error",
        code: "model_forbidden",
        message: `You may not use the model ${quote(model)}. Ask for it to be added to your token, or choose one that GET /v1/models lists.`,
        param: "model"
      })
    : new Refusal({
        status: 404,
        type: "not_found_error",
        code: "model_not_found",
        message: `There is no model ${quote(model)}. GET /v1/models lists those you may use, as account/model or group/name.`,
        param: "model"
      })

const unsupported = (model: string, api: ClientApi): Refusal =>
  new Refusal({
    status: 400,
    type: "invalid_request_error",
    code: "unsupported_operation",
    message:
      api === "responses"
        ? `The model ${quote(model)} does not support the Responses API. Call it by POST /v1/chat/completions, or choose a model of an OpenAI-like account.`
        : `The model ${quote(model)} does not support ${api.replace("_", " ")}.`,
    param: "model"
  })

const quote = (model: string): string => JSON.stringify(model.length > 200 ? `${model.slice(0, 200)}…` : model)

const unhealthyLast = (
  targets: ReadonlyArray<RouteTarget>,
  healthy: (entry: RouteTarget) => boolean
): ReadonlyArray<RouteTarget> => [...targets.filter(healthy), ...targets.filter((entry) => !healthy(entry))]
