import type { Disposition } from "../../src/services/trace/TraceBus.ts"

export const delivered = (spans: number): Disposition => ({
  delivered: spans,
  rejected: 0,
  deadLettered: 0,
  dropped: {}
})
