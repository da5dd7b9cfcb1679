import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { FakeProvider } from "../../../src/layers/fake/FakeProvider.ts"
import { cellSeed, DESTINATION_FAULTS, PROCESS_FAULTS, scheduleOf, TRANSPORTS } from "../Schedule.ts"
import { playReal } from "./playReal.ts"
import { canLimit } from "./SmallDisk.ts"

/** Seeds of schedules; a failure prints its own, which then runs alone. */
const FAULT_SEED = /^process: (.*)$/.exec(process.env["FAULT_SEED"] ?? "")?.[1]

/** Each transport and each fault that the kernel has a part in. */
const SAMPLE = [
  cellSeed("http/proto", "503", "kill everything"),
  cellSeed("grpc", "reset", "kill exporter"),
  cellSeed("http/json", "429", "disk full"),
  cellSeed("grpc", "refuse", "corrupt spool"),
  cellSeed("http/proto", "401", "kill exporter")
]

/** Virtual time has the steps of the clock. */
const KERNEL_FAULTS = PROCESS_FAULTS.filter((fault) => fault !== "clock back")

const ALL = TRANSPORTS.flatMap((transport) =>
  DESTINATION_FAULTS.flatMap((fault) => KERNEL_FAULTS.map((process) => cellSeed(transport, fault, process)))
)

const seeds =
  FAULT_SEED !== undefined
    ? [FAULT_SEED]
    : process.env["FAULT_SEED"] !== undefined
      ? []
      : process.env["E2E_LONG"] === undefined
        ? SAMPLE
        : ALL

describe.skipIf(seeds.length === 0)("real processes, sockets and disks", () => {
  for (const seed of seeds) {
    for (const disk of seed.includes("disk full") ? (["mounted", "limited"] as const) : (["limited"] as const)) {
      const onDisk = seed.includes("disk full") ? ` (${disk})` : ""
      it.live.skipIf(onDisk !== "" && !canLimit)(
        `${seed}${onDisk}: every span is accounted for, and no request failed`,
        () =>
          Effect.gen(function* () {
            const { deliveries, requests } = yield* playReal(scheduleOf(seed), disk)
            assert.isAbove(requests, 0)
            assert.isAbove(deliveries, 0)
          }).pipe(Effect.provide(FakeProvider.layer({ keep: 0 }), { local: true })),
        120_000
      )
    }
  }
})
