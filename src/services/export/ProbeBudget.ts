import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { DestinationMonitor } from "./DestinationMonitor.ts"

/** Requests that a destination may get in a minute only to find out which trace of a refused batch it does not take. */
const PROBES_PER_MINUTE = 240

const MINUTE_MS = 60_000

/** A halving takes one for each half. */
const PROBES = 2

/** Whether a refused batch may be sent again in halves. The budget fills up evenly, to a minute's worth at most. */
export const makeProbeBudget = (monitor: DestinationMonitor): Effect.Effect<Effect.Effect<boolean>> =>
  Effect.map(Clock.currentTimeMillis, (start) => {
    let left = PROBES_PER_MINUTE
    let at = start
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      // A clock that was set back fills nothing, and takes nothing away.
      left = Math.min(PROBES_PER_MINUTE, left + (Math.max(0, now - at) * PROBES_PER_MINUTE) / MINUTE_MS)
      at = now
      if (left < PROBES)
        return Effect.as(monitor.trouble("too many refusals: batches are dead-lettered whole", {}), false)
      left -= PROBES
      return Effect.as(monitor.probing(PROBES), true)
    })
  })
