/**
 * Stores the frames that come in, as ingest does but without its rests, then asks for them on a store opened anew:
 * node storeTraces.ts QUESTIONS (a file's path | the URL of ClickHouse).
 */
import { monitorEventLoopDelay } from "node:perf_hooks"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as ClickHouseTraceStore from "../../src/layers/clickhouse/ClickHouseTraceStore.ts"
import * as SqliteTraceStore from "../../src/layers/sqlite/traces/SqliteTraceStore.ts"
import { arrivalsOf, frameEvents } from "../../src/services/store/frameTraces.ts"
import { TraceStore } from "../../src/services/store/TraceStore.ts"
import type { TraceEvent } from "../../src/services/trace/TraceEvent.ts"
import { readFrames } from "../kit/frameStream.ts"
import { peakMiB } from "../kit/machine.ts"
import { type Asked, askAll } from "../kit/traceQuestions.ts"

/** As many as ingest gives to a store that has no mind of its own, about. */
const BATCH = 500
/** A trace in so many is asked for by its id. */
const ONE_IN = 100
const PROGRESS = 50_000

const [, , questions = "1", where = ""] = process.argv

const withStore = <A>(body: (store: TraceStore["Service"]) => Promise<A>): Promise<A> => {
  const layer = where.startsWith("http")
    ? ClickHouseTraceStore.layer({ url: Redacted.make(where) })
    : SqliteTraceStore.layer({ file: where })
  return Effect.runPromise(
    Effect.provide(
      Effect.flatMap(TraceStore, (store) => Effect.promise(() => body(store))),
      layer,
      { local: true }
    )
  )
}

/** What was measured. Milliseconds, but for what says otherwise. */
export interface StoreMeasured {
  readonly traces: number
  /** Of each batch. */
  readonly batches: ReadonlyArray<readonly [traces: number, ms: number]>
  readonly processorMs: number
  /** The longest that a timer was late. */
  readonly longestTurn: number
  readonly usualTurn: number
  readonly memoryStoring: number
  readonly memoryAsking: number
  readonly bytes: number
  readonly asked: ReadonlyArray<Asked>
}

const known: Array<string> = []
const batches: Array<readonly [traces: number, ms: number]> = []
let traces = 0
let processorMs = 0
const turns = monitorEventLoopDelay({ resolution: 5 })

await withStore(async (store) => {
  turns.enable()
  let waiting: Array<TraceEvent> = []
  let ms = 0
  const cpu = process.cpuUsage()
  const settle = async () => {
    const began = performance.now()
    const arrivals = arrivalsOf(waiting, (reason, spans) => {
      throw new Error(`${spans} spans are ${reason}`)
    })
    await Effect.runPromise(
      store.append(
        arrivals.map(({ trace }) => trace),
        String(traces)
      )
    )
    ms += performance.now() - began
    traces += waiting.length
    batches.push([waiting.length, ms])
    if (traces % PROGRESS < waiting.length) console.error(`${traces} traces, ${peakMiB(process.pid).toFixed(0)} MiB`)
    waiting = []
    ms = 0
  }
  for await (const frame of readFrames(process.stdin)) {
    const began = performance.now()
    const events = frameEvents(frame, (reason) => {
      throw new Error(`a frame is ${reason}`)
    })
    ms += performance.now() - began
    for (const event of events) {
      if ((traces + waiting.length) % ONE_IN === 0) known.push(event.header.traceId)
      waiting.push(event)
      if (waiting.length >= (store.batchTraces ?? BATCH)) await settle()
    }
  }
  await settle()
  const { system, user } = process.cpuUsage(cpu)
  processorMs = (system + user) / 1000
  turns.disable()
})
const memoryStoring = peakMiB(process.pid)

await withStore(async (store) => {
  const asked = await askAll(store, known, Number(questions))
  const { bytes } = await Effect.runPromise(store.size)
  const measured: StoreMeasured = {
    traces,
    batches,
    processorMs,
    longestTurn: turns.max / 1e6,
    usualTurn: turns.percentile(99) / 1e6,
    memoryStoring,
    memoryAsking: peakMiB(process.pid),
    bytes,
    asked
  }
  process.stdout.write(`${JSON.stringify(measured)}\n`, () => process.exit(0))
})
