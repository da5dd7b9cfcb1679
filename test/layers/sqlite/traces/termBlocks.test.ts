import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqliteTraceStore from "../../../../src/layers/sqlite/traces/SqliteTraceStore.ts"
import { SMALL, SMALLS } from "../../../../src/layers/sqlite/traces/termBlock.ts"
import { hasTerms, searchTerms } from "../../../../src/services/store/searchTerms.ts"
import type { TraceFilter } from "../../../../src/services/store/TraceQuery.ts"
import { TraceStore } from "../../../../src/services/store/TraceStore.ts"
import { NOON, sample } from "../../../contracts/storedTraces.ts"
import { temporaryDirectory } from "../temporaryDirectory.ts"

const Store = Layer.unwrap(
  Effect.map(temporaryDirectory, (directory) => SqliteTraceStore.layer({ file: join(directory, "traces.db") }))
)

/** A large block, two small ones, and some that are in none. */
const COUNT = (SMALLS + 2) * SMALL.traces + 500
/** Spread by steps that have no divisor in common with the modulus. */
const spread = (index: number, step: number, modulus: number) => (index * step) % modulus

const saidBy = (index: number) => `common w${spread(index, 7, 50)} rare${spread(index, 11, 997)}`

/** Stored in another order than they began, so that blocks overlap in time. */
const traces = Array.from({ length: COUNT }, (_, index) =>
  sample(
    index,
    {
      start: NOON + 500 * (index - (index % 1500) + spread(index, 701, 1500)),
      subject: `user:${spread(index, 13, 300)}`,
      metadata: index % 3 === 0 ? { env: "prod", customer: `c-${spread(index, 17, 400)}` } : {},
      model: `m${spread(index, 19, 7)}`,
      inputTokens: spread(index, 23, 4001),
      outputTokens: index % 100,
      durationMs: spread(index, 29, 5003) / 3,
      finishReasons: [index % 40 === 0 ? "length" : "stop"],
      ...(index % 5 === 0 ? { conversationId: `v-${index % 70}` } : {})
    },
    saidBy(index)
  )
)

const fits = (filter: TraceFilter, index: number): boolean => {
  const summary = traces[index]?.summary ?? sample(0).summary
  const { conversationId, durationMs, finishReasons, metadata, model, start, subject } = summary
  const tokens = (summary.inputTokens ?? 0) + (summary.outputTokens ?? 0)
  return (
    (filter.model === undefined || filter.model === model) &&
    (filter.minTokens === undefined || tokens >= filter.minTokens) &&
    (filter.maxTokens === undefined || tokens <= filter.maxTokens) &&
    (filter.minDurationMs === undefined || durationMs >= filter.minDurationMs) &&
    (filter.text === undefined || hasTerms(saidBy(index), searchTerms(filter.text))) &&
    (filter.subject === undefined || filter.subject === subject) &&
    (filter.conversationId === undefined || filter.conversationId === conversationId) &&
    (filter.finishReason === undefined || finishReasons.includes(filter.finishReason)) &&
    (filter.metadataKey === undefined ||
      (filter.metadataValue === undefined
        ? filter.metadataKey in metadata
        : metadata[filter.metadataKey] === filter.metadataValue)) &&
    (filter.from === undefined || start >= filter.from) &&
    (filter.to === undefined || start < filter.to)
  )
}

const FILTERS: ReadonlyArray<TraceFilter> = [
  { text: "common" },
  { text: "w7" },
  { text: "rare123" },
  { text: "COMMON w21 rare33" },
  { text: "nowhere common" },
  { subject: "user:7" },
  { subject: "user:7", text: "common" },
  { metadataKey: "customer", metadataValue: "c-9" },
  { metadataKey: "env", metadataValue: "prod", text: "w0" },
  { metadataKey: "env" },
  { conversationId: "v-35" },
  { subject: "user:9", model: "m3" },
  { text: "w7", model: "m0", minTokens: 3800 },
  { subject: "user:9", minTokens: 100, maxTokens: 1000 },
  { conversationId: "v-35", minDurationMs: 900.5 },
  { metadataKey: "env", model: "m1", maxTokens: 50, minDurationMs: 1 },
  { finishReason: "length", subject: "user:0" },
  { text: "w7", from: NOON + 400_000, to: NOON + 900_000 }
]

const startsFound = Effect.fnUntraced(function* (filter: TraceFilter) {
  const store = yield* TraceStore
  const starts: Array<number> = []
  let cursor: string | undefined
  do {
    const page = yield* store.page({ filter, limit: 100, ...(cursor === undefined ? {} : { cursor }) })
    for (const { start } of page.traces) starts.push(start)
    cursor = page.next
  } while (cursor !== undefined)
  return starts
})

const startsWanted = (filter: TraceFilter, since = 0) =>
  traces
    .filter(({ summary }, index) => summary.start >= since && fits(filter, index))
    .map(({ summary }) => summary.start)
    .sort((a, b) => b - a)

const append = Effect.gen(function* () {
  const store = yield* TraceStore
  for (let at = 0; at < COUNT; at += 300) yield* store.append(traces.slice(at, at + 300), String(at))
})

describe("terms in blocks", () => {
  it.effect("find what each filter asks for, newest first, over blocks that overlap and what is in none", () =>
    Effect.gen(function* () {
      yield* append
      for (const filter of FILTERS) {
        const wanted = startsWanted(filter)
        assert.deepStrictEqual(yield* startsFound(filter), wanted, JSON.stringify(filter))
        if (filter.text !== "nowhere common") assert.isNotEmpty(wanted, JSON.stringify(filter))
      }
      // They are forgotten with their traces.
      const store = yield* TraceStore
      const since = NOON + 2_500_000
      const before = yield* store.size
      while ((yield* store.retain({ before: since, maxBytes: 1e12 })) > 0) yield* Effect.yieldNow
      for (const filter of FILTERS) {
        assert.deepStrictEqual(yield* startsFound(filter), startsWanted(filter, since), JSON.stringify(filter))
      }
      while ((yield* store.retain({ before: NOON * 2, maxBytes: 1e12 })) > 0) yield* Effect.yieldNow
      const after = yield* store.size
      assert.strictEqual(after.traces, 0)
      // Rollups, and the tables themselves.
      assert.isBelow(after.bytes, before.bytes / 4)
    }).pipe(Effect.provide(Store, { local: true }))
  )

  it.effect("of long texts fill a block with few traces", () =>
    Effect.gen(function* () {
      const store = yield* TraceStore
      const long = (index: number) => Array.from({ length: 54_000 }, (_, at) => `${index}x${at}`).join(" ")
      for (let batch = 0; batch < 3; batch++) {
        const samples = Array.from({ length: 10 }, (_, at) => sample(10 * batch + at, {}, long(10 * batch + at)))
        yield* store.append(samples, String(batch))
      }
      for (const index of [0, 21, 22, 29]) {
        const { traces } = yield* store.page({ filter: { text: `${index}x53999 ${index}x0` }, limit: 5 })
        assert.deepStrictEqual(
          traces.map(({ start }) => start),
          [NOON + 1000 * index]
        )
      }
    }).pipe(Effect.provide(Store, { local: true }))
  )
})
