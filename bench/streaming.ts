// How much later does the first token come, and do the others keep their pace?
//
//   npm run bench -- streaming [--rounds 3] [--seconds 5]
//
// 400 streams/s of 20 chunks each, open loop: first chunk after 20 ms, the others 5 ms apart. The contestant on core 0;
// generator, provider and the destination of the traces on core 1.
import { noneFailed, overDirect } from "./kit/added.ts"
import type { Bench } from "./kit/Bench.ts"
import { openLoop, proven } from "./kit/generators.ts"
import { direct, startPassthrough, startPortkey } from "./kit/others.ts"
import { STREAM, startStreamProvider } from "./kit/providers.ts"
import { startSink } from "./kit/sink.ts"
import { Spangate } from "./kit/spangate.ts"
import { median, number } from "./kit/statistics.ts"

const RATE = 400
const WARM_UP_SECONDS = 3

export const streaming: Bench = {
  name: "streaming",
  question: "How much later does the first token come at 400 streams/s?",
  tools: ["gcc", "taskset"],
  effort: { rounds: 3, seconds: 5 },
  run: async ({ rounds, seconds }) => {
    await using provider = await startStreamProvider()
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
    for (const contestant of others) {
      await proven(contestant, true)
      await openLoop(contestant, { rate: RATE, seconds: WARM_UP_SECONDS, stream: true })
      await contestant.settled?.()
    }
    const { added, failed, row } = await overDirect(bare, others, rounds, { rate: RATE, seconds, stream: true })

    const p50 = median(added(start, "first").p50)
    const p99 = median(added(start, "first").p99)
    const table = (title: string, of: "first" | "gaps" | "total") => ({
      title: `${title}, ms; the first line is the call without a gateway`,
      columns: ["", "p50", "p99", "p99.9"],
      rows: [bare, ...others].map((contestant) => row(contestant, of))
    })
    return {
      tables: [
        table(`Added to the first token at ${RATE} streams/s × ${STREAM.chunks} chunks`, "first"),
        table("Added to the pauses between chunks", "gaps"),
        table("Added to the stream's end", "total")
      ],
      findings: [
        {
          what: "added time to first token, p50",
          target: "≤ 0.3 ms",
          measured: `${number(p50, 2)} ms`,
          ok: p50 <= 0.3
        },
        { what: "added time to first token, p99", target: "≤ 3 ms", measured: `${number(p99, 2)} ms`, ok: p99 <= 3 },
        noneFailed("streaming", failed)
      ],
      notes: ["Targets are held against npm start, which exports with gzip on the same core meanwhile."]
    }
  }
}
