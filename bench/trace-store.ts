// How fast is the store of traces, and what does it need?
//
//   npm run bench -- trace-store                                         200,000 traces in SQLite
//   node bench/trace-store.ts [--traces 1000000] [--questions 40] [--clickhouse 200000] [--write]
//
// A day of requests (bench/kit/traceTraffic.ts) is made in one process and stored in another, as ingest does it:
// decoding, expanding, compressing, indexing, rollups, transactions. Then the questions that the dashboard asks, each
// many times with other parameters, on a store opened anew. `--clickhouse` does the same on ClickHouse, with the engine
// that the tests fetch. `--write` renders bench/trace-store.md.
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { parseArgs } from "node:util"
import * as Redacted from "effect/Redacted"
import { ClickHouseEngine } from "../test/clickhouse/ClickHouseEngine.ts"
import type { Bench, Finding, Report, Table } from "./kit/Bench.ts"
import { SUBJECT_CORE, TOOLS_CORE } from "./kit/Child.ts"
import { describeMachine } from "./kit/machine.ts"
import { renderFindings, renderReport } from "./kit/report.ts"
import { median, number, quantile } from "./kit/statistics.ts"
import { temporaryDirectory } from "./kit/temporary.ts"
import type { StoreMeasured } from "./programs/storeTraces.ts"

const USUAL_TRACES = 200_000
const QUESTIONS = 40
/** As the back office's thread has it, about. */
const NODE_FLAGS = ["--max-semi-space-size=4", "--max-old-space-size=1000"]

const program = (name: string): string => join(import.meta.dirname, "programs", name)

const measure = async (traces: number, questions: number, where: string): Promise<StoreMeasured> => {
  const pinned = (core: number, ...args: ReadonlyArray<string>) => ["-c", String(core), process.execPath, ...args]
  const generator = spawn("taskset", pinned(TOOLS_CORE, program("traceFrames.ts"), String(traces)), {
    stdio: ["ignore", "pipe", "inherit"]
  })
  const storing = spawn(
    "taskset",
    pinned(SUBJECT_CORE, ...NODE_FLAGS, program("storeTraces.ts"), String(questions), where),
    { stdio: [generator.stdout, "pipe", "inherit"], env: { ...process.env, NODE_COMPILE_CACHE: compileCache() } }
  )
  const ended = once(storing, "exit")
  const said = await text(storing.stdout)
  const [code] = await ended
  generator.kill()
  if (code !== 0) throw new Error(`storing ended with ${code}`)
  return JSON.parse(said)
}

/** Kept for the next start, as `npm start` does: a third of a new process's memory is what compiles it. */
const compileCache = (): string => {
  const cache = join(temporaryDirectory(), "compiled")
  const env = { ...process.env, NODE_COMPILE_CACHE: cache }
  spawnSync(process.execPath, [program("storeTraces.ts"), "1", join(temporaryDirectory(), "empty.db")], {
    env,
    stdio: "ignore"
  })
  return cache
}

const rateOf = (batches: StoreMeasured["batches"]): number => {
  const [traces, ms] = batches.reduce(([traces, ms], [more, took]) => [traces + more, ms + took], [0, 0])
  return (1000 * traces) / ms
}

const slowestTenth = ({ batches }: StoreMeasured): number =>
  Math.min(
    ...Array.from({ length: 10 }, (_, tenth) =>
      rateOf(batches.slice((tenth * batches.length) / 10, ((tenth + 1) * batches.length) / 10))
    )
  )

const tableOf = (title: string, { asked, traces }: StoreMeasured): Table => ({
  title: `${title}: ${number(traces, 0)} traces, milliseconds of ${asked[0]?.times.length} questions each`,
  columns: ["", "p50", "p95", "slowest", "found"],
  rows: asked.map(({ found, times, what }) => [
    what,
    number(median(times), 1),
    number(quantile(times, 0.95), 1),
    number(Math.max(...times), 1),
    number(found, 0)
  ])
})

const notesOf = (title: string, measured: StoreMeasured): ReadonlyArray<string> => {
  const { batches, bytes, longestTurn, memoryAsking, memoryStoring, processorMs, traces, usualTurn } = measured
  const ms = batches.map(([, took]) => took)
  return [
    `${title}: ${number(rateOf(batches), 0)} traces/s, slowest tenth ${number(slowestTenth(measured), 0)}/s; ` +
      `${number((1000 * processorMs) / traces, 0)} µs of processor time a trace, reading the frames, garbage collection and checkpoints included; ` +
      `${number(bytes / 1024 ** 2, 0)} MiB, ${number(bytes / traces, 0)} bytes a trace.`,
    `${title}: batches of about ${number(median(batches.map(([size]) => size)), 0)} in ${number(median(ms), 0)} ms (p50), ` +
      `${number(quantile(ms, 0.99), 0)} ms (p99), in pieces: a timer of the same thread was late by ${number(usualTurn, 0)} ms (p99), ` +
      `${number(longestTurn, 0)} ms at most. Memory ${number(memoryStoring, 0)} MiB storing, ${number(memoryAsking, 0)} MiB asking.`
  ]
}

const findingsOf = (measured: StoreMeasured): ReadonlyArray<Finding> => {
  const within = (what: string, starts: ReadonlyArray<string>, ms: number): Finding => {
    const worst = Math.max(
      ...measured.asked
        .filter(({ what }) => starts.some((start) => what.startsWith(start)))
        .map(({ times }) => quantile(times, 0.95))
    )
    return { what, target: `≤ ${ms} ms`, measured: `${number(worst, 1)} ms`, ok: worst <= ms }
  }
  const slowest = slowestTenth(measured)
  const memory = Math.max(measured.memoryStoring, measured.memoryAsking)
  return [
    {
      what: "traces into SQLite, slowest tenth",
      target: "≥ 5,000/s",
      measured: `${number(slowest, 0)}/s`,
      ok: slowest >= 5000
    },
    within("trace by id, p95", ["trace by id"], 5),
    within("newest 50 with two filters, p95", ["newest 50, "], 50),
    within("6-hour p95 chart by model, p95", ["6 hours of p95 by model"], 100),
    {
      what: "memory of a process that stores and asks",
      target: "≤ 200 MB",
      measured: `${number(memory * 1.048576, 0)} MB`,
      ok: memory * 1.048576 <= 200
    }
  ]
}

interface Options {
  readonly traces: number
  readonly questions: number
  /** On ClickHouse. */
  readonly others: number
}

const storeTraces = async ({ others, questions, traces }: Options): Promise<Report> => {
  const file = join(temporaryDirectory(), "traces.db")
  const sqlite = await measure(traces, questions, file)
  for (const suffix of ["", "-wal", "-shm"]) rmSync(`${file}${suffix}`, { force: true })
  const clickhouse = others > 0 ? await onClickHouse(others, questions) : undefined
  return {
    tables: [tableOf("SQLite", sqlite), ...(clickhouse === undefined ? [] : [tableOf("ClickHouse", clickhouse)])],
    findings: findingsOf(sqlite),
    notes: [...notesOf("SQLite", sqlite), ...(clickhouse === undefined ? [] : notesOf("ClickHouse", clickhouse))]
  }
}

const onClickHouse = async (traces: number, questions: number): Promise<StoreMeasured> => {
  const engine = await ClickHouseEngine.start()
  try {
    return await measure(traces, questions, Redacted.value(engine.url()))
  } finally {
    await engine.stop()
  }
}

export const traceStore: Bench = {
  name: "trace-store",
  question: "How fast is the store of traces, and what does it need?",
  tools: ["taskset"],
  effort: { rounds: 1, seconds: 60 },
  run: () => storeTraces({ traces: USUAL_TRACES, questions: QUESTIONS, others: 0 })
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      traces: { type: "string", default: "1000000" },
      questions: { type: "string", default: String(QUESTIONS) },
      clickhouse: { type: "string", default: "0" },
      write: { type: "boolean", default: false }
    }
  })
  const options = {
    traces: Number(values.traces),
    questions: Number(values.questions),
    others: Number(values.clickhouse)
  }
  if (!Object.values(options).every((each) => Number.isInteger(each) && each >= 0)) {
    console.error("--traces, --questions and --clickhouse must be whole numbers")
    process.exit(2)
  }
  const report = await storeTraces(options)
  const body = `${renderReport(report)}\n\n${renderFindings(report.findings)}`
  console.log(body)
  if (values.write) {
    const head = `## trace-store\n\n${traceStore.question} Measured by \`node bench/trace-store.ts --traces ${options.traces}${options.others > 0 ? ` --clickhouse ${options.others}` : ""} --write\` on ${new Date().toISOString().slice(0, 10)}: ${describeMachine()}.`
    writeFileSync(join(import.meta.dirname, "trace-store.md"), `${head}\n\n${body}\n`)
  }
  process.exit(0)
}
