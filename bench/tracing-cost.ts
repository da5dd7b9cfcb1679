// What does tracing take from requests, and does a broken destination take more?
//
//   npm run bench -- tracing-cost [--rounds 2] [--seconds 2]
//
// The same gateway with nobody to take its traces, with tracing, and with a destination that refuses connections, hangs
// or answers 503. Each turn is a closed loop of 32 connections, then a constant 1000 requests/s. Afterwards the
// destinations are mended, and the ledgers must balance.
import { noneFailed } from "./kit/added.ts"
import type { Bench } from "./kit/Bench.ts"
import { type Contestant, notAwaited } from "./kit/Contestant.ts"
import { freePort } from "./kit/freePort.ts"
import { fullLoad, warmUp } from "./kit/fullLoad.ts"
import { openLoop } from "./kit/generators.ts"
import { startNginx } from "./kit/providers.ts"
import { inRounds } from "./kit/rounds.ts"
import { startSink } from "./kit/sink.ts"
import { type MetricsText, Spangate } from "./kit/spangate.ts"
import { median, number, quantile, spread } from "./kit/statistics.ts"

const RATE = 1000

/** A p99 counts as unchanged within a quarter, or within what half a millisecond of noise does to a small one. */
const unchanged = (p99: number, healthy: number): boolean => p99 <= Math.max(1.25 * healthy, healthy + 0.5)

const measure = async (contestant: Contestant, seconds: number) => {
  const full = await fullLoad(contestant, seconds)
  const steady = await openLoop(contestant, { rate: RATE, seconds })
  await contestant.settled?.()
  return {
    ...full,
    failed: full.failed + steady.failed,
    steady50: quantile(steady.total, 0.5),
    steady99: quantile(steady.total, 0.99)
  }
}

const ledgerRow = (name: string, when: string, metrics: MetricsText): ReadonlyArray<string> => [
  name,
  when,
  ...[
    metrics.captured,
    metrics.outcome("delivered"),
    metrics.backlog,
    metrics.lostBeforeBus + metrics.outcome("dropped") + metrics.outcome("rejected") + metrics.outcome("dead_lettered")
  ].map((spans) => number(spans, 0)),
  metrics.balances ? "yes" : "no"
]

export const tracingCost: Bench = {
  name: "tracing-cost",
  question: "What does tracing take from requests, also when its destination is broken?",
  tools: ["wrk", "nginx", "gcc", "taskset"],
  effort: { rounds: 2, seconds: 2 },
  run: async ({ rounds, seconds }) => {
    await using provider = await startNginx()
    await using good = await startSink()
    await using hung = await startSink()
    await using busy = await startSink()
    await hung.setMode("hanging")
    await busy.setMode("refusing")
    const closedPort = await freePort()
    const to = (endpoint: string) => ({ destination: { endpoint, compression: "gzip" as const } })
    const common = { provider: provider.port }

    await using untraced = await Spangate.start({ ...common, name: "nobody takes traces", program: "untracedGateway" })
    await using pod = await Spangate.start({ ...common, name: "gateway pod", program: "gatewayPod" })
    await using off = await Spangate.start({
      ...common,
      name: "npm start, no destination, capture: metadata",
      capture: "metadata"
    })
    await using healthy = await Spangate.start({ ...common, ...to(good.endpoint), name: "npm start, destination well" })
    await using refused = await Spangate.start({
      ...common,
      ...to(`http://127.0.0.1:${closedPort}/v1/traces`),
      name: "npm start, destination refuses connections"
    })
    await using hanging = await Spangate.start({
      ...common,
      ...to(hung.endpoint),
      name: "npm start, destination hangs"
    })
    await using unavailable = await Spangate.start({
      ...common,
      ...to(busy.endpoint),
      name: "npm start, destination answers 503"
    })

    const exporting = [healthy, refused, hanging, unavailable]
    const broken = [refused, hanging, unavailable].map(notAwaited)
    const contestants: ReadonlyArray<Contestant> = [untraced, pod, off, healthy, ...broken]
    await warmUp(contestants)
    const found = await inRounds(contestants, rounds, (contestant) => measure(contestant, seconds))
    const turns = (contestant: Contestant) => found.get(contestant) ?? []
    const ratios = (contestant: Contestant) =>
      turns(contestant).map((turn, round) => turn.requestsPerSecond / (turns(untraced)[round]?.requestsPerSecond ?? 0))
    const steady99 = (contestant: Contestant) => median(turns(contestant).map((turn) => turn.steady99))

    await Promise.all(exporting.map((each) => each.published()))
    const during = await Promise.all(exporting.map((each) => each.metrics()))
    await hung.setMode("ok")
    await busy.setMode("ok")
    await using _mended = await startSink(closedPort)
    await Promise.all(exporting.map((each) => each.settled()))
    const after = await Promise.all(exporting.map((each) => each.metrics()))

    const failed = [...found.values()].flat().reduce((sum, turn) => sum + turn.failed, 0)
    const cost = median(ratios(pod))
    const books = [...during, ...after]
    return {
      tables: [
        {
          title: `Closed loop with 32 connections, and ${RATE} requests/s`,
          columns: [
            "",
            "requests/s",
            "of untraced",
            "CPU µs/request",
            "p99 ms",
            `p50 ms at ${RATE}/s`,
            `p99 ms at ${RATE}/s`,
            "RSS MiB"
          ],
          rows: contestants.map((contestant) => [
            contestant.name,
            spread(
              turns(contestant).map((turn) => turn.requestsPerSecond),
              0
            ),
            spread(ratios(contestant), 2),
            number(median(turns(contestant).map((turn) => turn.cpuMicroseconds)), 0),
            number(median(turns(contestant).map((turn) => turn.p99)), 2),
            number(median(turns(contestant).map((turn) => turn.steady50)), 2),
            spread(
              turns(contestant).map((turn) => turn.steady99),
              2
            ),
            number(Math.max(...turns(contestant).map((turn) => turn.resident)), 0)
          ])
        },
        {
          title: "Ledgers, in spans",
          columns: ["", "when", "captured", "delivered", "queued", "lost", "balances"],
          rows: exporting.flatMap(({ name }, index) => [
            ledgerRow(name, "after the load", during[index]!),
            ledgerRow(name, "mended", after[index]!)
          ])
        }
      ],
      findings: [
        {
          what: "cost of tracing, gateway pod",
          target: "≥ 0.85 of the gateway without",
          measured: number(cost, 2),
          ok: cost >= 0.85
        },
        ...broken.map((each) => ({
          what: `p99 at ${RATE}/s, ${each.name.slice("npm start, ".length)}`,
          target: `unchanged (${number(steady99(healthy), 2)} ms when well)`,
          measured: `${number(steady99(each), 2)} ms`,
          ok: unchanged(steady99(each), steady99(healthy))
        })),
        {
          what: "ledgers after outages",
          target: "balance, nothing lost",
          measured: `${books.filter((each) => each.balances).length} of ${books.length} balance, ${after.filter((each) => each.outcome("delivered") === each.captured).length} of ${after.length} delivered whole`,
          ok: books.every((each) => each.balances) && after.every((each) => each.outcome("delivered") === each.captured)
        },
        noneFailed("tracing cost", failed)
      ],
      notes: [
        "Without tracing the gateway still times its stages, since its metrics are made of the same record; nobody takes it.",
        "Gateway pod: frames are handed to a thread that counts and discards. npm start has spool, exporter and gzip on the request's core too."
      ]
    }
  }
}
