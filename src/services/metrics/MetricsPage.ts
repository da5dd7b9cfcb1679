import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Metrics } from "./Metrics.ts"

/** What `GET /metrics` shows: this process's registry, and whatever other parts of the program add to it. */
export class MetricsPage extends Context.Service<MetricsPage, { readonly render: Effect.Effect<string> }>()(
  "spangate/services/metrics/MetricsPage"
) {
  /** `others` must end by itself; what it gives is appended. */
  static readonly layerWith = <R>(others: Effect.Effect<Effect.Effect<string>, never, R>) =>
    Layer.effect(
      MetricsPage,
      Effect.gen(function* () {
        const registry = yield* Metrics
        const rest = yield* others
        return MetricsPage.of({ render: Effect.map(rest, (text) => registry.render() + text) })
      })
    )

  static readonly layer = MetricsPage.layerWith(Effect.succeed(Effect.succeed("")))
}
