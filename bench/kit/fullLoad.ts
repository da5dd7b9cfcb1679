import { SUBJECT_CORE, TOOLS_CORE } from "./Child.ts"
import type { Contestant } from "./Contestant.ts"
import { type ClosedLoop, closedLoop, proven } from "./generators.ts"
import { busyness, cpuSeconds, residentMiB } from "./machine.ts"

export interface FullLoad extends ClosedLoop {
  /** Of the contestant's process, for one request. */
  readonly cpuMicroseconds: number
  /** MiB at the end of the turn. */
  readonly resident: number
  /** Of the two cores, whoever used them. */
  readonly subjectBusy: number
  readonly toolsBusy: number
}

/** A turn in a closed loop, and the wait for what it left behind. */
export const fullLoad = async (contestant: Contestant, seconds: number): Promise<FullLoad> => {
  const busy = [busyness(SUBJECT_CORE), busyness(TOOLS_CORE)] as const
  const cpu = cpuSeconds(contestant.pid)
  const found = await closedLoop(contestant, seconds)
  const measured = {
    ...found,
    cpuMicroseconds: ((cpuSeconds(contestant.pid) - cpu) / (found.requestsPerSecond * seconds)) * 1e6,
    resident: residentMiB(contestant.pid),
    subjectBusy: busy[0](),
    toolsBusy: busy[1]()
  }
  await contestant.settled?.()
  return measured
}

const WARM_UP_SECONDS = 2

/** Lets the compiler see every contestant's hot path before the first turn counts. */
export const warmUp = async (contestants: ReadonlyArray<Contestant>): Promise<void> => {
  for (const contestant of contestants) {
    await proven(contestant)
    await fullLoad(contestant, WARM_UP_SECONDS)
  }
}
