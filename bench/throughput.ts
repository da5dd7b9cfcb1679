// How many requests a second, beside the least that a proxy in Node can do?
//
//   npm run bench -- throughput [--rounds 3] [--seconds 3]
//
// Closed loop, 32 connections, 500-byte request, 700-byte answer. The contestant on core 0; wrk, nginx as the provider
// and the destination of the traces on core 1.
import type { Bench, Table } from "./kit/Bench.ts"
import { TOOLS_CORE } from "./kit/Child.ts"
import type { Contestant } from "./kit/Contestant.ts"
import { fullLoad, warmUp } from "./kit/fullLoad.ts"
import { startPassthrough, startPortkey } from "./kit/others.ts"
import { startNginx } from "./kit/providers.ts"
import { inRounds } from "./kit/rounds.ts"
import { startSink } from "./kit/sink.ts"
import { Spangate } from "./kit/spangate.ts"
import { median, number, spread } from "./kit/statistics.ts"

export const throughput: Bench = {
  name: "throughput",
  question: "How many requests a second?",
  tools: ["wrk", "nginx", "taskset"],
  effort: { rounds: 3, seconds: 3 },
  run: async ({ rounds, seconds }) => {
    await using provider = await startNginx()
    await using sink = await startSink()
    const toSink = { endpoint: sink.endpoint, compression: "gzip" } as const
    const spangate = { provider: provider.port }

    await using passthrough = await startPassthrough(provider)
    await using start = await Spangate.start({ ...spangate, name: "Spangate, npm start", destination: toSink })
    await using pod = await Spangate.start({ ...spangate, name: "Spangate, gateway pod", program: "gatewayPod" })
    await using apart = await Spangate.start({
      ...spangate,
      name: "Spangate, back office on core 1",
      destination: toSink
    })
    apart.moveBackOffice(TOOLS_CORE)
    await using metadata = await Spangate.start({
      ...spangate,
      name: "Spangate, npm start, capture: metadata",
      capture: "metadata",
      destination: toSink
    })
    await using storeless = await Spangate.start({
      ...spangate,
      name: "Spangate, npm start without trace store",
      program: "startWithoutStore",
      destination: toSink
    })
    await using quiet = await Spangate.start({ ...spangate, name: "Spangate, npm start, no destination" })
    await using portkey = await startPortkey(provider)

    const contestants: ReadonlyArray<Contestant> = [passthrough, start, storeless, pod, apart, metadata, quiet, portkey]
    await warmUp(contestants)
    const found = await inRounds(contestants, rounds, (contestant) => fullLoad(contestant, seconds))

    const bare = found.get(passthrough) ?? []
    const ratios = (contestant: Contestant) =>
      (found.get(contestant) ?? []).map(
        ({ requestsPerSecond }, round) => requestsPerSecond / (bare[round]?.requestsPerSecond ?? 0)
      )
    const rate = (contestant: Contestant) => median((found.get(contestant) ?? []).map((turn) => turn.requestsPerSecond))
    const failed = [...found.values()].flat().reduce((sum, turn) => sum + turn.failed, 0)

    const table: Table = {
      title: "Closed loop, 32 connections",
      columns: [
        "",
        "requests/s",
        "of the pass-through",
        "p50 ms",
        "p99 ms",
        "CPU µs/request",
        "RSS MiB",
        "core 0 busy",
        "core 1 busy"
      ],
      rows: contestants.map((contestant) => {
        const turns = found.get(contestant) ?? []
        return [
          contestant.name,
          spread(
            turns.map((turn) => turn.requestsPerSecond),
            0
          ),
          spread(ratios(contestant), 2),
          number(median(turns.map((turn) => turn.p50)), 2),
          number(median(turns.map((turn) => turn.p99)), 2),
          number(median(turns.map((turn) => turn.cpuMicroseconds)), 0),
          number(Math.max(...turns.map((turn) => turn.resident)), 0),
          `${number(100 * median(turns.map((turn) => turn.subjectBusy)), 0)} %`,
          `${number(100 * median(turns.map((turn) => turn.toolsBusy)), 0)} %`
        ]
      })
    }
    const ratio = (contestant: Contestant, least: number) => ({
      target: `≥ ${least} of the pass-through`,
      measured: `${number(median(ratios(contestant)), 2)} (${number(rate(contestant), 0)}/s)`,
      ok: median(ratios(contestant)) >= least
    })
    const resident = Math.max(...(found.get(pod) ?? []).map((turn) => turn.resident))
    return {
      tables: [table],
      findings: [
        { what: "throughput, gateway pod", ...ratio(pod, 0.65) },
        { what: "throughput, npm start with live export and gzip", ...ratio(start, 0.45) },
        {
          what: "memory at full load, gateway pod",
          target: "≤ 256 MiB",
          measured: `${number(resident, 0)} MiB`,
          ok: resident <= 256
        },
        { what: "requests without a whole 200", target: "none", measured: String(failed), ok: failed === 0 }
      ],
      notes: [
        "CPU: of the contestant's process, all its threads, over its turn. It tells the cost also where a core was shared with others.",
        "Gateway pod: everything up to the bus is real, each frame is handed to another thread and confirmed; that thread counts and discards, in place of a bus on another machine. All on core 0.",
        "Back office on core 1: the threads of spool, exporter and gzip moved by taskset. There they compete with wrk, nginx and the destination, so with a busy core 1 this is less than a machine of its own would give.",
        "npm start leaves part of its spans in the spool under full load; the next turn begins when they are delivered."
      ]
    }
  }
}
