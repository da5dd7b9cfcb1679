// How long until it serves, how much memory does it take, and does an outage of the destination take more?
//
//   npm run bench -- memory-start [--rounds 5] [--seconds 60]
//
// `npm start` on core 0, started anew in each round. Then one of them under full load, and for `seconds` at 500
// requests/s while its destination answers 503.
import { setTimeout } from "node:timers/promises"
import type { Bench } from "./kit/Bench.ts"
import { Child, SUBJECT_CORE } from "./kit/Child.ts"
import { freePort } from "./kit/freePort.ts"
import { fullLoad, warmUp } from "./kit/fullLoad.ts"
import { openLoop } from "./kit/generators.ts"
import { peakMiB, residentMiB } from "./kit/machine.ts"
import { startNginx } from "./kit/providers.ts"
import { startSink } from "./kit/sink.ts"
import { Spangate, type SpangateOptions, spangateCommand } from "./kit/spangate.ts"
import { mean, median, number, spread } from "./kit/statistics.ts"

const RATE = 500
const FULL_LOAD_SECONDS = 8
const IDLE_MS = 3000
const SAMPLE_MS = 500

/** Milliseconds from exec to the first 200 on `/health/live`. */
const startTime = async (options: SpangateOptions): Promise<number> => {
  const port = await freePort()
  const begun = performance.now()
  await using _child = await Child.start({
    ...spangateCommand({ ...options, port }),
    name: options.name,
    core: SUBJECT_CORE
  })
  while (performance.now() - begun < 10_000) {
    const status = await fetch(`http://127.0.0.1:${port}/health/live`).then(
      (response) => response.status,
      () => 0
    )
    if (status === 200) return performance.now() - begun
    await setTimeout(3)
  }
  throw new Error(`${options.name} did not serve within 10 s`)
}

/** Resident MiB, sampled until the work is done. */
const residentDuring = async (pid: number, work: Promise<unknown>): Promise<ReadonlyArray<number>> => {
  const samples: Array<number> = []
  const timer = setInterval(() => samples.push(residentMiB(pid)), SAMPLE_MS)
  try {
    await work
  } finally {
    clearInterval(timer)
  }
  return samples
}

export const memoryStart: Bench = {
  name: "memory-start",
  question: "How long until it serves, and how much memory does it take?",
  tools: ["wrk", "nginx", "gcc", "taskset"],
  effort: { rounds: 5, seconds: 60 },
  run: async ({ rounds, seconds }) => {
    await using provider = await startNginx()
    await using sink = await startSink()
    const options: SpangateOptions = {
      name: "npm start",
      provider: provider.port,
      destination: { endpoint: sink.endpoint, compression: "gzip" }
    }
    // What the first start compiles is kept when it ends; those after it are measured.
    const first = await Spangate.start(options)
    await first.stop()
    const starts: Array<number> = []
    for (let round = 0; round < rounds; round++) starts.push(await startTime(options))

    await using loaded = await Spangate.start(options)
    await setTimeout(IDLE_MS)
    const idle = residentMiB(loaded.pid)
    await warmUp([loaded])
    const { resident: full } = await fullLoad(loaded, FULL_LOAD_SECONDS)
    await setTimeout(IDLE_MS)
    const later = residentMiB(loaded.pid)
    const peak = peakMiB(loaded.pid)

    await using struck = await Spangate.start(options)
    await warmUp([struck])
    await sink.setMode("refusing")
    const outage = await residentDuring(struck.pid, openLoop(struck, { rate: RATE, seconds }))
    const queued = (await struck.metrics()).backlog
    // The first half is where heaps find their size.
    const half = outage.slice(outage.length >> 1)
    const third = Math.max(1, Math.floor(half.length / 3))
    const growth = mean(half.slice(-third)) / mean(half.slice(0, third)) - 1

    const start = median(starts)
    const mebibytes = (value: number) => `${number(value, 0)} MiB`
    return {
      tables: [
        { title: "Start to first 200 on /health/live", columns: ["", "ms"], rows: [["npm start", spread(starts, 0)]] },
        {
          title: "Resident memory of npm start, all of it in one process",
          columns: ["when", "MiB"],
          rows: [
            ["idle after the start", number(idle, 0)],
            [`at the end of ${FULL_LOAD_SECONDS} s of full load`, number(full, 0)],
            ["afterwards, all delivered", number(later, 0)],
            ["at its highest", number(peak, 0)],
            [`outage at ${RATE} requests/s, half-way`, number(mean(half.slice(0, third)), 0)],
            [
              `outage, after ${seconds} s and with ${number(queued, 0)} spans queued`,
              number(mean(half.slice(-third)), 0)
            ]
          ]
        }
      ],
      findings: [
        { what: "start", target: "≤ 500 ms", measured: `${number(start, 0)} ms`, ok: start <= 500 },
        { what: "memory at full load, npm start", target: "≤ 256 MiB", measured: mebibytes(full), ok: full <= 256 },
        {
          what: "memory through an outage",
          target: "flat (within 10 %)",
          measured: `${number(100 * growth, 1)} % over its second half`,
          ok: growth <= 0.1
        }
      ],
      notes: ["Started with a configuration and Node's compile cache in place, as any start but the first."]
    }
  }
}
