import type { SamplingPolicy } from "../config/CompiledConfig.ts"
import type { TraceHeader } from "./TraceEvent.ts"

const SAMPLED = 0x01

/** The last 52 of the 56 bits of a trace id that W3C calls random: what a double holds exactly. */
const RANDOM_DIGITS = 13
const RANDOM_RANGE = 2 ** (RANDOM_DIGITS * 4)

/**
 * Whether a destination with this policy gets the trace. A caller's own decision to sample stands, and a trace without
 * a caller is always exported. Of the others a share is, chosen by trace id as OpenTelemetry's consistent samplers do
 * (those of the highest random values), so that every destination, process and collector picks the same.
 */
export const isExported = (
  { flags, parentSpanId, traceId }: Pick<TraceHeader, "flags" | "parentSpanId" | "traceId">,
  { parent, unsampledRate }: SamplingPolicy
): boolean =>
  parent === "ignore" ||
  parentSpanId === undefined ||
  (flags & SAMPLED) !== 0 ||
  Number.parseInt(traceId.slice(-14, -14 + RANDOM_DIGITS), 16) >= (1 - unsampledRate) * RANDOM_RANGE
