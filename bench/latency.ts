// How much later does an answer come, at the rate at which other gateways give their numbers?
//
//   npm run bench -- latency [--rounds 3] [--seconds 6]
//
// 350 requests/s, open loop: each is timed from when it fell due. The provider answers at once. The contestant on
// core 0; generator, provider and the destination of the traces on core 1.
import { noneFailed, overDirect } from "./kit/added.ts"
import type { Bench } from "./kit/Bench.ts"
import { warmUp } from "./kit/fullLoad.ts"
import { direct, startPassthrough, startPortkey } from "./kit/others.ts"
import { startNginx } from "./kit/providers.ts"
import { startSink } from "./kit/sink.ts"
import { Spangate } from "./kit/spangate.ts"
import { median, number } from "./kit/statistics.ts"

const RATE = 350

export const latency: Bench = {
  name: "latency",
  question: "How much later does an answer come at 350 requests/s?",
  tools: ["wrk", "nginx", "gcc", "taskset"],
  effort: { rounds: 3, seconds: 5 },
  run: async ({ rounds, seconds }) => {
    await using provider = await startNginx()
    await using sink = await startSink()
    const destination = { endpoint: sink.endpoint, compression: "gzip" } as const
    await using passthrough = await startPassthrough(provider)
    await using start = await Spangate.start({ name: "Spangate, npm start", provider: provider.port, destination })
    await using pod = await Spangate.start({
      name: "Spangate, gateway pod",
      provider: provider.port,
      program: "gatewayPod"
    })
    await using portkey = await startPortkey(provider)

    const bare = direct(provider)
    const others = [passthrough, start, pod, portkey]
    await warmUp(others)
    const { added, failed, row } = await overDirect(bare, others, rounds, { rate: RATE, seconds })

    const p50 = median(added(start, "total").p50)
    const p99 = median(added(start, "total").p99)
    const overPassthrough = median(
      added(start, "total").p50.map((each, round) => each - (added(passthrough, "total").p50[round] ?? 0))
    )
    return {
      tables: [
        {
          title: `Added to the answer's end at ${RATE} requests/s, ms; the first line is the call without a gateway`,
          columns: ["", "p50", "p99", "p99.9"],
          rows: [bare, ...others].map((contestant) => row(contestant, "total"))
        }
      ],
      findings: [
        { what: "added latency, p50", target: "≤ 0.35 ms", measured: `${number(p50, 2)} ms`, ok: p50 <= 0.35 },
        { what: "added latency, p99", target: "≤ 2 ms", measured: `${number(p99, 2)} ms`, ok: p99 <= 2 },
        {
          what: "added latency over the pass-through, p50",
          target: "≤ 0.15 ms",
          measured: `${number(overPassthrough, 2)} ms`,
          ok: overPassthrough <= 0.15
        },
        noneFailed("latency", failed)
      ],
      notes: ["Targets are held against npm start, which exports with gzip on the same core meanwhile."]
    }
  }
}
