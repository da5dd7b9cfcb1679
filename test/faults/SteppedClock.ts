import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { makeTraceClock } from "../../src/layers/system/SystemTraceClock.ts"
import type { TraceClock } from "../../src/services/trace/TraceClock.ts"

/** A clock whose date can be stepped, while its sleeps and its monotonic time go on as if nothing had happened. */
export interface SteppedClock {
  readonly clock: Clock.Clock
  readonly traceClock: TraceClock["Service"]
  readonly step: (ms: number) => void
}

const NANOS = 1_000_000

export const steppedClock = (of: Clock.Clock): SteppedClock => {
  let offset = 0
  // A date has whole milliseconds, where a sleep may end in between.
  const millis = () => Math.floor(of.currentTimeMillisUnsafe()) + offset
  const nanos = () => of.currentTimeNanosUnsafe() + BigInt(offset * NANOS)
  const origin = of.monotonicTimeNanosUnsafe()
  const monotonic = () => Number(of.monotonicTimeNanosUnsafe() - origin) / NANOS
  return {
    clock: {
      currentTimeMillisUnsafe: millis,
      currentTimeMillis: Effect.sync(millis),
      currentTimeNanosUnsafe: nanos,
      currentTimeNanos: Effect.sync(nanos),
      monotonicTimeNanosUnsafe: () => of.monotonicTimeNanosUnsafe(),
      monotonicTimeNanos: of.monotonicTimeNanos,
      sleep: (duration) => of.sleep(duration)
    },
    traceClock: makeTraceClock(monotonic, millis, millis()),
    step: (ms) => {
      offset += ms
    }
  }
}
