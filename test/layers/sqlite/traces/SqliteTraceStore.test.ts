import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqliteTraceStore from "../../../../src/layers/sqlite/traces/SqliteTraceStore.ts"
import { TraceStore } from "../../../../src/services/store/TraceStore.ts"
import { NOON, sample } from "../../../contracts/storedTraces.ts"
import { traceStoreContract } from "../../../contracts/traceStore.ts"
import { temporaryDirectory } from "../temporaryDirectory.ts"

const empty = () =>
  Layer.unwrap(
    Effect.map(temporaryDirectory, (directory) => SqliteTraceStore.layer({ file: join(directory, "traces.db") }))
  )

traceStoreContract("SqliteTraceStore", empty)

it.effect("a trace that was forgotten and came again is found once, by its words too", () =>
  Effect.gen(function* () {
    const store = yield* TraceStore
    const samples = Array.from({ length: 1100 }, (_, index) => sample(index, {}, "said"))
    yield* store.append(samples, "1")
    yield* store.retain({ before: NOON + 300_000, maxBytes: 1e12 })
    yield* store.append([sample(10, {}, "said"), sample(2000, {}, "said")], "2")
    const starts = new Set<number>()
    let found = 0
    for (let cursor: string | undefined; ; ) {
      const page = yield* store.page({
        filter: { text: "said" },
        limit: 200,
        ...(cursor === undefined ? {} : { cursor })
      })
      found += page.traces.length
      for (const { start } of page.traces) starts.add(start)
      if (page.next === undefined) break
      cursor = page.next
    }
    assert.deepStrictEqual([found, starts.size], [802, 802])
  }).pipe(Effect.provide(empty(), { local: true }))
)

it.effect("a batch of thousands is all put into blocks", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const file = join(directory, "traces.db")
    yield* Effect.flatMap(TraceStore, (store) =>
      store.append(
        Array.from({ length: 3000 }, (_, index) => sample(index)),
        "1"
      )
    ).pipe(Effect.provide(SqliteTraceStore.layer({ file }), { local: true }))
    const database = new DatabaseSync(file)
    const count = (table: string) => database.prepare(`SELECT 1 FROM ${table}`).all().length
    assert.deepStrictEqual([count("termBlocks"), count("freshTerms")], [2, 3000 - 2 * 1024])
    database.close()
  })
)

it.effect("more requests that began in one millisecond than it has places are all stored, also in one batch", () =>
  Effect.gen(function* () {
    const store = yield* TraceStore
    const at = (start: number, first: number, count: number) =>
      Array.from({ length: count }, (_, index) => sample(first + index, { start }))
    yield* store.append(at(NOON + 1, 5000, 1), "1")
    yield* store.append(at(NOON, 0, 2046), "2")
    yield* store.append(at(NOON, 2046, 3), "3")
    yield* store.append(at(NOON, 2040, 12), "4")
    assert.strictEqual((yield* store.size).traces, 1 + 2046 + 3 + 3)
  }).pipe(Effect.provide(empty(), { local: true }))
)

it.effect("words of any script are found, or not, and never break the search", () =>
  Effect.gen(function* () {
    const store = yield* TraceStore
    const words = [
      "ÄPFEL",
      "naïve",
      "cafe\u0301",
      "привет",
      "你好",
      "हिन्दी",
      "𐐨𐐩",
      "\ua7d9x",
      "İstanbul",
      "ς",
      "\u0301"
    ]
    yield* store.append(
      words.map((word, index) => sample(index, {}, `before ${word} after`)),
      "1"
    )
    for (const [index, text] of words.entries()) {
      const { traces } = yield* store.page({ filter: { text }, limit: 20 })
      assert.include(
        traces.map(({ traceId }) => Number.parseInt(traceId, 16) - 1),
        index,
        text
      )
    }
  }).pipe(Effect.provide(empty(), { local: true }))
)
