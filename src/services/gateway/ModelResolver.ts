import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import type { CompiledConfig, Principal, Route, RouteTarget } from "../config/CompiledConfig.ts"
import type { ClientApi } from "../provider/Api.ts"
import { translatorFor } from "../provider/translators.ts"
import { Refusal } from "./Refusal.ts"
import { TargetHistory } from "./TargetHistory.ts"

/** Targets within this factor of the fastest count as equally fast. */
const SAME_SPEED = 1.2

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
    ) => Effect.Effect<Resolution, Refusal>
    readonly history: (target: string) => TargetHistory
  }
>()("spangate/services/gateway/ModelResolver") {
  static readonly layer = Layer.sync(ModelResolver, () => {
    const histories = new Map<string, TargetHistory>()
    const history = (target: string): TargetHistory => {
      let found = histories.get(target)
      if (found === undefined) {
        found = new TargetHistory()
        histories.set(target, found)
      }
      return found
    }

    const resolve = Effect.fnUntraced(function* (
      config: CompiledConfig,
      principal: Principal,
      model: string,
      api: ClientApi,
      streaming: boolean,
      now: number
    ): Effect.fn.Return<Resolution, Refusal> {
      const route = config.routes.get(model)
      if (route === undefined || !principal.mayUse(model)) return yield* refuse(model, route !== undefined)
      const able = route.targets.every((entry) => speaks(entry, api))
        ? route.targets
        : route.targets.filter((entry) => speaks(entry, api))
      if (able.length === 0) return yield* unsupported(model, api)
      if (able.length === 1) return { route, targets: able }

      const random = yield* Random.next
      const ordered = order(route.strategy, able, random, (entry) => history(entry.target.fqn).latency(now, streaming))
      return { route, targets: healthyFirst(ordered, (entry) => history(entry.target.fqn).healthy(now)) }
    })

    return ModelResolver.of({ resolve, history })
  })
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
    message: `The model ${quote(model)} does not support ${api.replace("_", " ")}.`,
    param: "model"
  })

const quote = (model: string): string => JSON.stringify(model.length > 200 ? `${model.slice(0, 200)}…` : model)

/**
 * - priority: lowest number first, ties by weight.
 * - weight: drawn without replacement in proportion to weight, so that the fallback order is weighted too;
 *   a target of weight 0 comes only after all others.
 * - latency: those within 1.2 times the fastest drawn as by weight, then the others by speed.
 *
 * @param random uniform in [0, 1)
 */
export const order = (
  strategy: Route["strategy"],
  targets: ReadonlyArray<RouteTarget>,
  random: number,
  latency: (entry: RouteTarget) => number
): ReadonlyArray<RouteTarget> => {
  switch (strategy) {
    case "direct":
      return targets
    case "priority": {
      const sorted = [...targets].sort((a, b) => a.priority - b.priority)
      const first = sorted[0]?.priority
      const equals = sorted.filter((entry) => entry.priority === first)
      return [...draw(equals, random), ...sorted.slice(equals.length)]
    }
    case "weight":
      return draw(targets, random)
    case "latency": {
      const timed = targets.map((entry) => ({ entry, millis: latency(entry) })).sort((a, b) => a.millis - b.millis)
      const limit = (timed.find((each) => each.millis > 0)?.millis ?? 0) * SAME_SPEED
      const fast = timed.filter((each) => each.millis <= limit).map((each) => each.entry)
      return [...draw(fast, random), ...timed.slice(fast.length).map((each) => each.entry)]
    }
  }
}

/** Weighted draw without replacement. One random number serves all draws: what is left of it after a draw is uniform again. */
const draw = (targets: ReadonlyArray<RouteTarget>, random: number): ReadonlyArray<RouteTarget> => {
  if (targets.length < 2) return targets
  const rest = [...targets]
  const drawn: Array<RouteTarget> = []
  while (rest.length > 0) {
    const total = rest.reduce((sum, entry) => sum + entry.weight, 0)
    if (total <= 0) break
    let point = random * total
    let index = 0
    while (index < rest.length - 1 && point >= (rest[index]?.weight ?? 0)) {
      point -= rest[index]?.weight ?? 0
      index++
    }
    const [chosen] = rest.splice(index, 1)
    if (chosen === undefined) break
    drawn.push(chosen)
    random = Math.min(point / chosen.weight, 0.999_999_999)
  }
  return [...drawn, ...rest]
}

const healthyFirst = (
  targets: ReadonlyArray<RouteTarget>,
  healthy: (entry: RouteTarget) => boolean
): ReadonlyArray<RouteTarget> =>
  targets.every(healthy) ? targets : [...targets.filter(healthy), ...targets.filter((entry) => !healthy(entry))]
