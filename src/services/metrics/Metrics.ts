import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import { MetricRegistry } from "./MetricRegistry.ts"

/** The process's one registry, what `GET /metrics` renders. Take it while building a layer. */
export class Metrics extends Context.Service<Metrics, MetricRegistry>()("spangate/services/metrics/Metrics") {
  static readonly layer: Layer.Layer<Metrics> = Layer.sync(Metrics, () => new MetricRegistry())
}
