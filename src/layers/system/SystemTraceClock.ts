import * as Layer from "effect/Layer"
import { TraceClock } from "../../services/trace/TraceClock.ts"

/** The wall clock may be off this far before it counts as stepped; it ticks in whole milliseconds. */
const STEP_MS = 20

/**
 * The machine's clocks.
 *
 * Spans are timed by the monotonic clock, so that no duration is ever negative, and dated by adding one base to it,
 * so that the spans of a trace fit together to the microsecond. The base is the process's start as the kernel gives
 * it, and must not wander: it moves only where the wall clock was stepped (set by hand, NTP at boot, a resumed
 * laptop), never with its ticks. That is looked at whenever the base is asked for, once a request: a timer would
 * let the requests between the step and its next tick carry the old date.
 */
export const makeTraceClock = (monotonic: () => number, wall: () => number, origin: number): TraceClock["Service"] => {
  let base = origin

  // The thread may be suspended between the two readings, so the pair taken closest together is believed.
  const measure = (): number => {
    let narrowest = Number.POSITIVE_INFINITY
    let measured = base
    for (let attempt = 0; attempt < 3; attempt++) {
      const before = monotonic()
      const date = wall()
      const after = monotonic()
      if (after - before < narrowest) {
        narrowest = after - before
        measured = date - (before + after) / 2
      }
    }
    return measured
  }

  return {
    now: monotonic,
    wallBase: () => {
      if (Math.abs(wall() - monotonic() - base) > STEP_MS) {
        const measured = measure()
        if (Math.abs(measured - base) > STEP_MS) base = measured
      }
      return base
    }
  }
}

export const layer: Layer.Layer<TraceClock> = Layer.sync(TraceClock, () =>
  makeTraceClock(
    () => performance.now(),
    () => Date.now(),
    performance.timeOrigin
  )
)
