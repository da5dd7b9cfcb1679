import * as Context from "effect/Context"

/** Time for traces: monotonic milliseconds with fractions, and the wall clock they count from. */
export class TraceClock extends Context.Service<
  TraceClock,
  {
    /** Monotonic milliseconds, sub-microsecond fractions. */
    readonly now: () => number
    /** Unix milliseconds at monotonic 0, re-anchored when the wall clock is stepped. */
    readonly wallBase: () => number
  }
>()("spangate/services/trace/TraceClock") {}
