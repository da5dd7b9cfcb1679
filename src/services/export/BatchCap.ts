import * as Effect from "effect/Effect"
import type { Destination } from "../config/CompiledConfig.ts"
import { MIN_BATCH_BYTES } from "./Delivery.ts"
import type { DestinationMonitor } from "./DestinationMonitor.ts"
import type { BatchLimits } from "./frameParts.ts"

/** How heavy a destination's batches may be: as configured at first, and lighter with every answer that asks for it. */
export interface BatchCap {
  readonly configured: BatchLimits
  readonly limits: () => BatchLimits
  /** A request of so many bytes was too heavy: from now on they have half of it. */
  readonly tooHeavy: (byteLength: number) => Effect.Effect<void>
}

export const makeBatchCap = (
  destination: Destination,
  envelopeBytes: number,
  monitor: DestinationMonitor
): BatchCap => {
  const limitsFor = (maxBytes: number): BatchLimits => ({
    maxBytes: Math.max(1, maxBytes - envelopeBytes),
    maxSpans: destination.maxBatchSpans
  })
  const configured = limitsFor(destination.maxBatchBytes)
  let maxBatchBytes = destination.maxBatchBytes
  let limits = configured
  return {
    configured,
    limits: () => limits,
    tooHeavy: (byteLength) =>
      Effect.suspend(() => {
        const lower = Math.max(MIN_BATCH_BYTES, Math.floor(byteLength / 2))
        if (lower >= maxBatchBytes) return Effect.void
        maxBatchBytes = lower
        limits = limitsFor(maxBatchBytes)
        return monitor.lowered(maxBatchBytes)
      })
  }
}
