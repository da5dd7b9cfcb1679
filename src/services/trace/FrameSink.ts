import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import { TraceBus } from "./TraceBus.ts"

/** The publishing half of a bus: all that a gateway needs of it. The bus itself may live in another thread or machine. */
export class FrameSink extends Context.Service<FrameSink, Pick<TraceBus["Service"], "publish" | "recordLoss">>()(
  "spangate/services/trace/FrameSink"
) {
  static readonly fromBus = Layer.effect(FrameSink, TraceBus)
}
