// What does the way over NATS cost, and how long does a trace take on it?
//
//   npm run bench -- nats [--rounds 2] [--seconds 5]
//
// One nats-server (2.9 or newer, on the PATH) and the destination on core 1; on core 0 by turns: a publisher with its
// spool thread at 10,000 events/s of 2 KB, the exporter emptying a stream of so many seconds' worth of them, and both at
// 1,000 events/s for the time from a request's end to the destination's answer.
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Bench } from "./kit/Bench.ts"
import { Child, SUBJECT_CORE, TOOLS_CORE } from "./kit/Child.ts"
import { freePort } from "./kit/freePort.ts"
import { startSink } from "./kit/sink.ts"
import { spangateCommand } from "./kit/spangate.ts"
import { median, number, spread } from "./kit/statistics.ts"
import { temporaryDirectory } from "./kit/temporary.ts"

const PUBLISH_RATE = 10_000
const LAG_RATE = 1000
/** The way over NATS needs no provider. */
const NO_PROVIDER = 9

let started = 0

const startServer = async () => {
  const port = await freePort()
  const directory = join(temporaryDirectory(), `nats-${started++}`)
  mkdirSync(directory)
  const file = join(directory, "nats.conf")
  writeFileSync(
    file,
    `host: 127.0.0.1\nport: ${port}\nmax_payload: 8MB\njetstream { store_dir: "${directory}/store", max_file_store: 4GB }\n`
  )
  const child = await Child.start({
    name: "nats-server",
    command: "nats-server",
    args: ["-c", file],
    core: TOOLS_CORE,
    ready: /Server is ready/
  })
  return { url: `nats://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() }
}

interface Published {
  readonly dropped: number
  readonly requestMicros: number
  readonly otherMicros: number
}

interface Drained {
  readonly spans: number
  readonly seconds: number
  readonly cpuSeconds: number
}

/** Milliseconds. */
interface Lag {
  readonly p50: number
  readonly p99: number
  readonly most: number
}

/** On a server of its own. */
const measured = async <Found>(mode: "publish" | "drain" | "lag", events: number, endpoint: string): Promise<Found> => {
  await using server = await startServer()
  const { command, env } = spangateCommand({
    name: mode,
    provider: NO_PROVIDER,
    destination: { endpoint, compression: "none" }
  })
  await using child = await Child.start({
    name: mode,
    command,
    args: [join(import.meta.dirname, "programs/overNats.ts"), mode, String(events)],
    core: SUBJECT_CORE,
    env: { ...env, SPANGATE_NATS_URL: server.url },
    ready: /^\{"(?:dropped|spans|p50)".*\}$/m,
    patienceMs: 110_000
  })
  return JSON.parse(child.match[0] ?? "")
}

export const nats: Bench = {
  name: "nats",
  question: "What does the way over NATS cost, and how long does a trace take on it?",
  tools: ["nats-server", "taskset"],
  effort: { rounds: 2, seconds: 5 },
  run: async ({ rounds, seconds }) => {
    await using sink = await startSink()
    const published: Array<Published> = []
    const drained: Array<Drained> = []
    const lags: Array<Lag> = []
    for (let round = 0; round < rounds; round++) {
      published.push(await measured("publish", seconds * PUBLISH_RATE, sink.endpoint))
      drained.push(await measured("drain", seconds * PUBLISH_RATE, sink.endpoint))
      lags.push(await measured("lag", seconds * LAG_RATE, sink.endpoint))
    }
    const onRequest = published.map(({ requestMicros }) => requestMicros)
    const rates = drained.map((each) => each.spans / each.seconds)
    const dropped = published.reduce((sum, each) => sum + each.dropped, 0)
    return {
      tables: [
        {
          title: `Publishing ${PUBLISH_RATE} events/s of 2 KB`,
          columns: ["thread", "CPU µs per event"],
          rows: [
            ["request thread: queue, frame, hand over", spread(onRequest, 1)],
            [
              "all others: spool thread, NATS client, collector of garbage",
              spread(
                published.map(({ otherMicros }) => otherMicros),
                1
              )
            ]
          ]
        },
        {
          title: `Emptying a stream of ${seconds * PUBLISH_RATE} events`,
          columns: ["spans", "spans/s", "events/s", "spans per second of CPU"],
          rows: [
            [
              number(drained[0]?.spans ?? 0, 0),
              spread(rates, 0),
              spread(
                drained.map((each) => (seconds * PUBLISH_RATE) / each.seconds),
                0
              ),
              spread(
                drained.map(({ cpuSeconds, spans }) => spans / cpuSeconds),
                0
              )
            ]
          ]
        },
        {
          title: `From a request's end to the destination's answer, ${LAG_RATE} requests/s`,
          columns: ["p50 ms", "p99 ms", "most ms"],
          rows: [
            (["p50", "p99", "most"] as const).map((which) =>
              spread(
                lags.map((each) => each[which]),
                0
              )
            )
          ]
        }
      ],
      findings: [
        {
          what: "publish cost on the request core, events of 2 KB",
          target: "≤ 6 µs",
          measured: `${number(median(onRequest), 1)} µs`,
          ok: median(onRequest) <= 6
        },
        {
          what: "traces lost while publishing over NATS",
          target: "0",
          measured: number(dropped, 0),
          ok: dropped === 0
        }
      ],
      notes: ["The lag has the 50 ms in it for which the first event of a frame waits for company."]
    }
  }
}
