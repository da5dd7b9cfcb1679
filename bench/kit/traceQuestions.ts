import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { TraceFilter } from "../../src/services/store/TraceQuery.ts"
import type { TraceStore } from "../../src/services/store/TraceStore.ts"
import { seeded } from "./random.ts"
import { END, FREQUENT_WORD, MODELS, modelOf, rareWord, SUBJECTS, subjectOf } from "./traceTraffic.ts"

const HOUR = 3_600_000

/** How long it took to answer a question, each time with other parameters. */
export interface Asked {
  readonly what: string
  /** Milliseconds. */
  readonly times: ReadonlyArray<number>
  /** Traces, points or lines, on average. */
  readonly found: number
}

/** The questions that the dashboard asks. */
export const askAll = async (
  store: TraceStore["Service"],
  known: ReadonlyArray<string>,
  times: number
): Promise<ReadonlyArray<Asked>> => {
  const random = seeded(7)
  const below = (bound: number) => Math.floor(random() * bound)
  const model = () => modelOf(below(MODELS))
  const subject = () => subjectOf(below(SUBJECTS))
  const page = (filter: TraceFilter) => Effect.map(store.page({ filter, limit: 50 }), ({ traces }) => traces.length)
  const chart = (stepMs: number, groupBy: "model" | "subject") => {
    const from = END - 6 * HOUR - below(12) * HOUR
    return Effect.map(store.series({ from, to: from + 6 * HOUR, stepMs, filter: {}, groupBy }), ({ lines }) =>
      lines.reduce((total, { points }) => total + points.length, 0)
    )
  }
  const day = { from: END - 24 * HOUR, to: END, filter: {}, groupBy: "subject", orderBy: "cost", limit: 10 } as const
  const customer = () => ({ metadataKey: "customer", metadataValue: `c-${below(50_000)}` })

  const questions: ReadonlyArray<readonly [what: string, ask: () => Effect.Effect<number, unknown>]> = [
    ["trace by id", () => Stream.runCount(store.get(known[below(known.length)] ?? ""))],
    ["newest 50", () => page({})],
    ["newest 50, model and result error", () => page({ model: model(), result: "error" })],
    ["newest 50, subject and model", () => page({ subject: subject(), model: model() })],
    ["newest 50, provider and finish reason length", () => page({ provider: "openai", finishReason: "length" })],
    ["newest 50, customer in metadata and status", () => page({ ...customer(), status: 200 })],
    ["newest 50, subject and at least 3,800 tokens", () => page({ subject: subject(), minTokens: 3800 })],
    [
      "newest 50, one hour and result cancelled",
      () => page({ from: END - 7 * HOUR, to: END - 6 * HOUR, result: "cancelled" })
    ],
    ["newest 50, a rare word and status", () => page({ text: rareWord(below), status: 200 })],
    ["newest 50, two words and a model", () => page({ text: `${rareWord(below)} ${FREQUENT_WORD}`, model: model() })],
    ["6 hours of p95 by model, by 5 minutes", () => chart(300_000, "model")],
    ["6 hours of p95 by model, by minute", () => chart(60_000, "model")],
    ["6 hours of p95 by subject, by hour", () => chart(HOUR, "subject")],
    ["top 10 subjects of a day by cost", () => Effect.map(store.top(day), ({ length }) => length)]
  ]

  const asked: Array<Asked> = []
  for (const [what, ask] of questions) {
    const took: Array<number> = []
    let found = 0
    for (let turn = 0; turn < times; turn++) {
      const began = performance.now()
      found += await Effect.runPromise(ask())
      took.push(performance.now() - began)
    }
    asked.push({ what, times: took, found: found / times })
  }
  return asked
}
