import { type Draw, drawFrom } from "./Draw.ts"

export const TRANSPORTS = ["http/proto", "http/json", "grpc"] as const
export type Transport = (typeof TRANSPORTS)[number]

/** What a destination does, from one step to the next. */
export const DESTINATION_FAULTS = [
  "ok",
  "refuse",
  "reset",
  "hang",
  "429",
  "503",
  "500",
  "400",
  "401",
  "413",
  "partial",
  "slow",
  "garbage",
  "flapping"
] as const
export type DestinationFault = (typeof DESTINATION_FAULTS)[number]

export const PROCESS_FAULTS = [
  "none",
  "kill exporter",
  "kill everything",
  "disk full",
  "corrupt spool",
  "clock back"
] as const
export type ProcessFault = (typeof PROCESS_FAULTS)[number]

/** Moments that a kill is aimed at: between one thing that lasts and the next. */
export const MOMENTS = [
  "frame stored",
  "before sending",
  "request received",
  "answer given",
  "letters stored",
  "before acknowledging",
  "acknowledged",
  "letters crossed off"
] as const
export type Moment = (typeof MOMENTS)[number]

/** At once, or at the n-th such moment from now on. */
export type When = "now" | { readonly moment: Moment; readonly count: number }

/** Where bytes are flipped: a share of the file, so that 0.5 is its middle. */
export interface Damage {
  readonly file: "spool.db" | "spool.db-wal" | "dead-letters.db" | "dead-letters.db-wal"
  readonly at: number
  readonly bytes: number
}

export type Step =
  | { readonly kind: "capture"; readonly traces: number; readonly contentBytes: number }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "destination"; readonly name: string; readonly fault: DestinationFault }
  | { readonly kind: "kill"; readonly what: "exporter" | "everything"; readonly when: When; readonly awayMs: number }
  | { readonly kind: "disk"; readonly state: "full" | "free" }
  | { readonly kind: "corrupt"; readonly damage: Damage; readonly awayMs: number }
  | { readonly kind: "clock"; readonly ms: number }
  | { readonly kind: "replay" }

export interface DestinationPlan {
  readonly name: string
  readonly transport: Transport
  readonly maxBatchBytes: number
  readonly maxBatchSpans: number
  readonly onUnauthorized: "pause" | "drop"
}

export interface Schedule {
  readonly seed: string
  readonly destinations: ReadonlyArray<DestinationPlan>
  /** What the spool may hold. */
  readonly spoolBytes: number
  readonly steps: ReadonlyArray<Step>
}

const HOUR = 3_600_000
const ROOM = 512 * 1024 * 1024

const capture = (draw: Draw): Step => ({
  kind: "capture",
  traces: draw.pick([1, 2, 5, 12]),
  contentBytes: draw.pick([0, 0, 1000, 20_000, 150_000])
})

const wait = (draw: Draw): Step => ({ kind: "wait", ms: draw.pick([10, 60, 300, 1500, 7000, 40_000]) })

const when = (draw: Draw): When =>
  draw.chance(0.25) ? "now" : { moment: draw.pick(MOMENTS), count: draw.pick([1, 1, 2, 3, 7]) }

const kill = (draw: Draw, what: "exporter" | "everything"): Step => ({
  kind: "kill",
  what,
  when: when(draw),
  awayMs: draw.pick([200, 2000, 15_000])
})

const corrupt = (draw: Draw): Step => ({
  kind: "corrupt",
  damage: {
    file: draw.pick([
      "spool.db",
      "spool.db-wal",
      "spool.db-wal",
      "spool.db-wal",
      "dead-letters.db",
      "dead-letters.db-wal"
    ]),
    at: 0.1 + 0.8 * draw.next(),
    bytes: draw.pick([1, 8, 64, 16_384])
  },
  awayMs: draw.pick([200, 2000])
})

const processSteps = (draw: Draw, fault: ProcessFault): ReadonlyArray<Step> => {
  switch (fault) {
    case "none":
      return []
    case "kill exporter":
    case "kill everything":
      return [kill(draw, fault === "kill exporter" ? "exporter" : "everything")]
    case "disk full":
      return [
        { kind: "disk", state: "full" },
        capture(draw),
        wait(draw),
        capture(draw),
        { kind: "disk", state: "free" }
      ]
    case "corrupt spool":
      return [corrupt(draw)]
    case "clock back":
      return [{ kind: "clock", ms: -HOUR }]
  }
}

const plan = (draw: Draw, name: string, transport: Transport): DestinationPlan => ({
  name,
  transport,
  maxBatchBytes: draw.pick([70_000, 200_000, 1_000_000]),
  maxBatchSpans: draw.pick([7, 40, 1000]),
  onUnauthorized: draw.pick(["pause", "pause", "drop"])
})

/** One cell of the matrix: the process fault comes while the destination's is there, and traffic goes on all the time. */
const cell = (
  seed: string,
  draw: Draw,
  transport: Transport,
  fault: DestinationFault,
  process: ProcessFault
): Schedule => ({
  seed,
  destinations: [plan(draw, "a", transport)],
  spoolBytes: ROOM,
  steps: [
    capture(draw),
    wait(draw),
    { kind: "destination", name: "a", fault },
    capture(draw),
    wait(draw),
    capture(draw),
    ...processSteps(draw, process),
    wait(draw),
    capture(draw),
    wait(draw)
  ]
})

const randomStep = (draw: Draw, names: ReadonlyArray<string>): ReadonlyArray<Step> => {
  const roll = draw.int(1, 20)
  if (roll <= 6) return [capture(draw)]
  if (roll <= 11) return [wait(draw)]
  if (roll <= 15) {
    const fault: Step = { kind: "destination", name: draw.pick(names), fault: draw.pick(DESTINATION_FAULTS) }
    return draw.chance(0.25) ? [fault, { kind: "replay" }, wait(draw)] : [fault]
  }
  return processSteps(draw, draw.pick(PROCESS_FAULTS.slice(1)))
}

/** Anything at any time, with one destination or two. */
const random = (seed: string, draw: Draw): Schedule => {
  const names = draw.pick([["a"], ["a", "b"]])
  return {
    seed,
    destinations: names.map((name) => plan(draw, name, draw.pick(TRANSPORTS))),
    spoolBytes: draw.pick([ROOM, ROOM, ROOM, 300_000]),
    steps: [capture(draw), ...Array.from({ length: draw.int(5, 25) }, () => randomStep(draw, names)).flat()]
  }
}

/** The seed of a cell; `number` tells its schedules apart. */
export const cellSeed = (transport: Transport, fault: DestinationFault, process: ProcessFault, number = 1): string =>
  `${transport} × ${fault} × ${process} #${number}`

/** A seed that names a cell draws within it; any other text draws from everything. */
export const scheduleOf = (seed: string): Schedule => {
  const draw = drawFrom(seed)
  const named = /^(.+) × (.+) × (.+) #\d+$/.exec(seed)?.slice(1)
  if (named === undefined) return random(seed, draw)
  const transport = TRANSPORTS.find((name) => name === named[0])
  const fault = DESTINATION_FAULTS.find((name) => name === named[1])
  const process = PROCESS_FAULTS.find((name) => name === named[2])
  if (transport === undefined || fault === undefined || process === undefined) throw new Error(`no such cell: ${seed}`)
  return cell(seed, draw, transport, fault, process)
}
