import { join } from "node:path"
import * as Effect from "effect/Effect"
import { layer } from "../../../src/layers/sqlite/traces/SqliteTraceStore.ts"
import { TraceStore } from "../../../src/services/store/TraceStore.ts"
import type { StoredTrace, TraceSummary } from "../../../src/services/store/TraceSummary.ts"
import { sample } from "../../contracts/storedTraces.ts"

export const TRACES = 10_000
const BATCH = 2000

/** Every twentieth failed, every thirtieth fell back. */
const varied = (index: number): Partial<TraceSummary> => ({
  durationMs: 80 + ((index * 37) % 900),
  ...(index % 20 === 3
    ? { result: "error", status: 502, errorType: "provider_unreachable", errorMessage: "the provider did not answer" }
    : {}),
  ...(index % 30 === 7 ? { attempts: 2, fallback: true, model: "claude/sonnet", provider: "anthropic" } : {}),
  ...(index % 2 === 0 ? { streaming: true, timeToFirstTokenMs: 40 + (index % 60) } : {})
})

const LARGE_INDEX = TRACES + 1
export const LARGE_TRACE_ID = sample(LARGE_INDEX).summary.traceId
/** The last words of the large one. */
export const LARGE_END = "This is where the long story ends."

/** Five megabytes, half of them the request as it came, half the messages that are read from it. */
const large = (start: number): StoredTrace => {
  const trace = sample(LARGE_INDEX, { start, inputPreview: "A long story" })
  const sentence = "It was a *dark* and stormy night; the rain fell in torrents. "
  const texts = Array.from({ length: 200 }, (_, turn) => `Chapter ${turn}\n\n${sentence.repeat(200)}`).concat(LARGE_END)
  const body = JSON.stringify({ model: "prod/chat", messages: texts.map((content) => ({ role: "user", content })) })
  const messages = texts.map((content) => ({ role: "user", parts: [{ type: "text", content }] }))
  return {
    summary: trace.summary,
    spans: trace.spans.map((span, index) => ({
      ...span,
      attributes: {
        ...span.attributes,
        ...(index === 0 ? { "tfy.input": body } : { "gen_ai.input.messages": JSON.stringify(messages) })
      }
    }))
  }
}

/** Ten thousand traces of the last hours, one a second, and one of five megabytes: as a program in `data` would have stored them. */
export const seed = (data: string) =>
  Effect.gen(function* () {
    const store = yield* TraceStore
    const end = Math.floor(Date.now() / 1000) * 1000 - 60_000
    for (let at = 0; at < TRACES; at += BATCH) {
      const batch = Array.from({ length: BATCH }, (_, offset) => {
        const index = at + offset
        return sample(index, { start: end - (TRACES - index) * 1000, ...varied(index) })
      })
      yield* store.append(batch, `seed-${at}`)
    }
    yield* store.append([large(end - TRACES * 1000 - 1000)], "seed-large")
  }).pipe(Effect.provide(layer({ file: join(data, "traces.db") })), Effect.orDie)
