// How fast does the exporter empty a full spool?
//
//   npm run bench -- drain [--rounds 2]
//
// A SQLite spool with so many seconds' worth of events (10,000 each, four spans an event, 500-byte request and 700-byte
// answer with it), emptied by the exporter on core 0 into a destination on core 1.
import { join } from "node:path"
import type { Bench } from "./kit/Bench.ts"
import { Child, SUBJECT_CORE } from "./kit/Child.ts"
import { inRounds } from "./kit/rounds.ts"
import { startSink } from "./kit/sink.ts"
import { spangateCommand } from "./kit/spangate.ts"
import { median, number, spread } from "./kit/statistics.ts"

const EVENTS_PER_SECOND = 10_000
/** The exporter's part needs no provider. */
const NO_PROVIDER = 9

interface Drained {
  readonly spans: number
  readonly seconds: number
  readonly cpuSeconds: number
}

const drainOnce = async (endpoint: string, compression: "gzip" | "none", events: number): Promise<Drained> => {
  const { command, env } = spangateCommand({
    name: "drain",
    provider: NO_PROVIDER,
    destination: { endpoint, compression }
  })
  await using child = await Child.start({
    name: "drain",
    command,
    args: [join(import.meta.dirname, "programs/drainSpool.ts"), String(events)],
    core: SUBJECT_CORE,
    env,
    ready: /\{"spans".*\}/,
    patienceMs: 110_000
  })
  return JSON.parse(child.match[0] ?? "")
}

export const drain: Bench = {
  name: "drain",
  question: "How fast does the exporter empty a full spool?",
  tools: ["taskset"],
  effort: { rounds: 2, seconds: 5 },
  run: async ({ rounds, seconds }) => {
    await using sink = await startSink()
    const ways = ["none", "gzip"] as const
    const found = await inRounds(ways, rounds, (way) => drainOnce(sink.endpoint, way, seconds * EVENTS_PER_SECOND))
    const rates = (way: "none" | "gzip") => (found.get(way) ?? []).map(({ seconds, spans }) => spans / seconds)
    const plain = median(rates("none"))
    return {
      tables: [
        {
          title: `Spool of ${number(seconds * EVENTS_PER_SECOND, 0)} events`,
          columns: ["", "spans", "spans/s", "spans per second of CPU"],
          rows: ways.map((way) => [
            way === "none" ? "protobuf" : "protobuf, gzip",
            number(found.get(way)?.[0]?.spans ?? 0, 0),
            spread(rates(way), 0),
            spread(
              (found.get(way) ?? []).map(({ cpuSeconds, spans }) => spans / cpuSeconds),
              0
            )
          ])
        }
      ],
      findings: [
        {
          what: "exporter drain, one core, no gzip",
          target: "≥ 50,000 spans/s",
          measured: `${number(plain, 0)} spans/s`,
          ok: plain >= 50_000
        }
      ],
      notes: ["Reading the spool, expanding, encoding, sending and acknowledging, all in one process on core 0."]
    }
  }
}
