// How fast is the store of traces, and what does it need?
//
//   node --max-semi-space-size=8 bench/trace-store.ts [--traces 1000000] [--queries 40]
//
// (The worker that it runs in has a young generation of that size.) A day of requests (bench/kit/traceTraffic.ts) is
// stored as ingest does it, 500 events at a time: decoding, expanding, compressing, indexing words, rollups, one
// transaction each. Making the events is not counted. Then the questions that the dashboard asks, each many times with
// other parameters, on a store opened anew.
import { rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import * as Effect from "effect/Effect"
import * as SqliteTraceStore from "../src/layers/sqlite/traces/SqliteTraceStore.ts"
import { frameTraces } from "../src/services/store/frameTraces.ts"
import type { TraceFilter } from "../src/services/store/TraceQuery.ts"
import { TraceStore } from "../src/services/store/TraceStore.ts"
import type { Finding } from "./kit/Bench.ts"
import { describeMachine, peakMiB } from "./kit/machine.ts"
import { renderFindings, renderReport } from "./kit/report.ts"
import { median, number, quantile } from "./kit/statistics.ts"
import { temporaryDirectory } from "./kit/temporary.ts"
import { MODELS, makeTraffic, modelOf, SUBJECTS, subjectOf } from "./kit/traceTraffic.ts"

const { values } = parseArgs({
  options: { traces: { type: "string", default: "1000000" }, queries: { type: "string", default: "40" } }
})
const TRACES = Number(values.traces)
const QUERIES = Number(values.queries)
const FRAME = 500
const END = 1_764_000_000_000
const HOUR = 3_600_000

const file = join(temporaryDirectory(), "traces.db")
const traffic = makeTraffic(TRACES, END)
const { below } = traffic
const known: Array<string> = []

const timed = async <A>(work: () => Promise<A>): Promise<{ readonly ms: number; readonly result: A }> => {
  const began = performance.now()
  const result = await work()
  return { ms: performance.now() - began, result }
}

const withStore = <A>(body: (store: TraceStore["Service"]) => Promise<A>): Promise<A> =>
  Effect.runPromise(
    Effect.flatMap(TraceStore, (store) => Effect.promise(() => body(store))).pipe(
      Effect.provide(SqliteTraceStore.layer({ file }), { local: true })
    )
  )

const batches: Array<number> = []
let processor = 0
const cpuMs = (): number => {
  const { system, user } = process.cpuUsage()
  return (system + user) / 1000
}
await withStore(async (store) => {
  for (let first = 0; first < TRACES; first += FRAME) {
    const frame = { ...traffic.frame(first, Math.min(FRAME, TRACES - first)), sequence: first, publishedAt: 0 }
    const before = cpuMs()
    const { ms } = await timed(async () => {
      const traces = frameTraces(frame).arrivals.map(({ trace }) => trace)
      await Effect.runPromise(store.append(traces, String(first)))
      if (known.length < 5000 || below(100) === 0) known.push(traces[0]?.summary.traceId ?? "")
    })
    batches.push(ms)
    processor += cpuMs() - before
    if ((first / FRAME) % 200 === 199) {
      const recent = batches.slice(-200)
      console.error(
        `${first + FRAME} traces, ${number((200 * FRAME * 1000) / recent.reduce((a, b) => a + b, 0), 0)}/s, ` +
          `slowest batch ${number(Math.max(...recent), 0)} ms, ${number(peakMiB(process.pid), 0)} MiB`
      )
    }
  }
})
const seconds = batches.reduce((total, ms) => total + ms, 0) / 1000
const worstTenth = Math.min(
  ...Array.from({ length: 10 }, (_, tenth) => {
    const part = batches.slice((tenth * batches.length) / 10, ((tenth + 1) * batches.length) / 10)
    return (part.length * FRAME * 1000) / part.reduce((total, ms) => total + ms, 0)
  })
)

const model = () => modelOf(below(MODELS))
const subject = () => subjectOf(below(SUBJECTS))
const pairs: ReadonlyArray<readonly [string, () => TraceFilter]> = [
  ["model and result error", () => ({ model: model(), result: "error" })],
  ["subject and model", () => ({ subject: subject(), model: model() })],
  ["provider and finish reason length", () => ({ provider: "openai", finishReason: "length" })],
  [
    "customer in metadata and status",
    () => ({ metadataKey: "customer", metadataValue: `c-${below(50_000)}`, status: 200 })
  ],
  ["subject and at least 3,800 tokens", () => ({ subject: subject(), minTokens: 3800 })],
  ["one hour and result cancelled", () => ({ from: END - 7 * HOUR, to: END - 6 * HOUR, result: "cancelled" })]
]

interface Measured {
  readonly what: string
  readonly times: ReadonlyArray<number>
  readonly found: number
}

const measured: Array<Measured> = []
const ask = async (what: string, question: () => Promise<number>): Promise<void> => {
  const times: Array<number> = []
  let found = 0
  for (let turn = 0; turn < QUERIES; turn++) {
    const { ms, result } = await timed(question)
    times.push(ms)
    found += result
  }
  measured.push({ what, times, found: found / QUERIES })
}

const memoryWhileStoring = peakMiB(process.pid)

const size = await withStore(async (store) => {
  await ask("trace by id", async () => {
    const traces = await Effect.runPromise(store.get(known[below(known.length)] ?? ""))
    return traces.length
  })
  const page = async (filter: TraceFilter) => (await Effect.runPromise(store.page({ filter, limit: 50 }))).traces.length
  await ask("newest 50", () => page({}))
  for (const [what, filter] of pairs) await ask(`newest 50, ${what}`, () => page(filter()))
  await ask("newest 50, a rare word", () => page({ text: traffic.rareWord() }))
  await ask("newest 50, two words and a model", () => page({ text: `${traffic.rareWord()} lls5`, model: model() }))
  const chart = async (stepMs: number, groupBy: "model" | "subject") => {
    const from = END - 6 * HOUR - below(12) * HOUR
    const series = await Effect.runPromise(store.series({ from, to: from + 6 * HOUR, stepMs, filter: {}, groupBy }))
    return series.lines.reduce((total, { points }) => total + points.length, 0)
  }
  await ask("6 hours of p95 by model, by 5 minutes", () => chart(300_000, "model"))
  await ask("6 hours of p95 by model, by minute", () => chart(60_000, "model"))
  await ask("6 hours of p95 by subject, by hour", () => chart(HOUR, "subject"))
  await ask("top 10 subjects of a day by cost", async () => {
    const request = {
      from: END - 24 * HOUR,
      to: END,
      filter: {},
      groupBy: "subject",
      orderBy: "cost",
      limit: 10
    } as const
    return (await Effect.runPromise(store.top(request))).length
  })
  return Effect.runPromise(store.size)
})

const worst = (start: string): number =>
  Math.max(...measured.filter(({ what }) => what.startsWith(start)).map(({ times }) => quantile(times, 0.95)))
const memory = peakMiB(process.pid)
const finding = (what: string, target: string, measured: string, ok: boolean): Finding => ({
  what,
  target,
  measured,
  ok
})
const within = (what: string, start: string, ms: number): Finding =>
  finding(what, `≤ ${ms} ms`, `${number(worst(start), 1)} ms`, worst(start) <= ms)

console.log(
  renderReport({
    tables: [
      {
        title: `${number(TRACES, 0)} traces, milliseconds of ${QUERIES} questions each`,
        columns: ["", "p50", "p95", "slowest", "found"],
        rows: measured.map(({ found, times, what }) => [
          what,
          number(median(times), 1),
          number(quantile(times, 0.95), 1),
          number(Math.max(...times), 1),
          number(found, 0)
        ])
      }
    ],
    findings: [],
    notes: [
      `${describeMachine()}.`,
      `Stored at ${number(TRACES / seconds, 0)} traces/s; slowest tenth ${number(worstTenth, 0)}/s, batches of ${FRAME} in ` +
        `${number(median(batches), 0)} ms (p50), ${number(quantile(batches, 0.99), 0)} ms (p99), ${number(Math.max(...batches), 0)} ms at most.`,
      `${number((processor * 1000) / TRACES, 0)} µs of processor time a trace, garbage collection and checkpoints included.`,
      `${number(size.bytes / 1024 ** 2, 0)} MiB, ${number(size.bytes / TRACES, 0)} bytes a trace, file ${number(statSync(file).size / 1024 ** 2, 0)} MiB.`
    ]
  })
)
console.log(
  `\n${renderFindings([
    finding("ingest, slowest tenth", "≥ 5,000 traces/s", `${number(worstTenth, 0)} traces/s`, worstTenth >= 5000),
    within("trace by id, p95", "trace by id", 5),
    within("newest 50 with two filters, p95", "newest 50, ", 50),
    within("6-hour p95 chart by model, p95", "6 hours of p95 by model", 100),
    finding(
      "memory, generator included, while storing and asking",
      "≤ 200 MB",
      `${number(memoryWhileStoring, 0)}, ${number(memory, 0)} MiB`,
      memory * 1.048576 <= 200
    )
  ])}`
)
rmSync(file, { force: true })
