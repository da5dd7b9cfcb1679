import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { query } from "../../../../src/layers/sqlite/spool/query.ts"
import * as SqliteTraceStore from "../../../../src/layers/sqlite/traces/SqliteTraceStore.ts"
import { openTraces } from "../../../../src/layers/sqlite/traces/TraceDatabase.ts"
import {
  BLOCK_TRACES,
  bucketOf,
  bytesOf,
  hashesOf,
  LAYOUT,
  placesOf,
  postingsOf,
  rowsOf
} from "../../../../src/layers/sqlite/traces/termBlock.ts"
import { labelOf, termHashes } from "../../../../src/layers/sqlite/traces/termHashes.ts"
import { termReader } from "../../../../src/layers/sqlite/traces/termReader.ts"
import { termWriter } from "../../../../src/layers/sqlite/traces/termWriter.ts"
import { planOf } from "../../../../src/layers/sqlite/traces/traceFilter.ts"
import { modelLabel } from "../../../../src/layers/sqlite/traces/traceLabels.ts"
import { hasTerms, searchTerms } from "../../../../src/services/store/searchTerms.ts"
import type { TraceFilter } from "../../../../src/services/store/TraceQuery.ts"
import { TraceStore } from "../../../../src/services/store/TraceStore.ts"
import { NOON, sample } from "../../../contracts/storedTraces.ts"
import { temporaryDirectory } from "../temporaryDirectory.ts"

const Store = Layer.unwrap(
  Effect.map(temporaryDirectory, (directory) => SqliteTraceStore.layer({ file: join(directory, "traces.db") }))
)

/** Two blocks, and some that are in none. */
const down = (a: number, b: number) => b - a

const COUNT = 2 * BLOCK_TRACES + 1000
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

  it.effect("are found in a block whose making was given up, and in what came while it was made", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const { database } = openTraces(join(directory, "traces.db"))
      yield* Effect.addFinalizer(() => Effect.sync(() => database.close()))
      const ids = (term: string) => {
        const plan = planOf({ text: term })
        return termReader(database)(plan, plan.from, plan.to, COUNT).ids
      }
      const inTransaction = <A>(body: () => A): A => {
        database.exec("BEGIN")
        const result = body()
        database.exec("COMMIT")
        return result
      }
      const words = (index: number) => termHashes(`all odd${index % 2}`, [])
      const every = Array.from({ length: BLOCK_TRACES }, (_, index) => 10 * index + 10)
      const odd = every.filter((_, index) => index % 2 === 1)
      inTransaction(() => {
        for (const [index, id] of every.entries()) termWriter(database).add(id, words(index))
      })

      const givenUp = termWriter(database).fold()
      for (let step = 0; step < 3; step++) assert.isFalse(inTransaction(() => givenUp.next().done))
      assert.deepStrictEqual(ids("odd1"), odd.toReversed())
      assert.isNotEmpty(database.prepare("SELECT key FROM termPostings").all())

      const folding = termWriter(database).fold()
      inTransaction(() => folding.next())
      termWriter(database).add(15, words(1))
      while (inTransaction(() => folding.next().done !== true))
        assert.deepStrictEqual(ids("odd1"), [...odd, 15].sort(down))
      assert.deepStrictEqual(
        query<{ id: number }>(database, "SELECT id FROM freshTerms")
          .all()
          .map(({ id }) => id),
        [15]
      )
      assert.deepStrictEqual(ids("odd1"), [...odd, 15].sort(down))
      assert.deepStrictEqual(ids("all"), [...every, 15].sort(down))
      assert.deepStrictEqual([...termWriter(database).fold()], [])
    })
  )

  it.effect("are found in a block of the version before, whose places have ten bits", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const file = join(directory, "traces.db")
      const store = SqliteTraceStore.layer({ file })
      const samples = Array.from({ length: 20 }, (_, index) => sample(index, {}, `all t${index % 7}`))
      yield* Effect.provide(
        Effect.flatMap(TraceStore, ({ append }) => append(samples, "1")),
        store,
        { local: true }
      )
      const database = new DatabaseSync(file)
      const rows = query<{ id: number; hashes: Uint8Array }>(
        database,
        "SELECT id, hashes FROM freshTerms ORDER BY id"
      ).all()
      const buckets = new Map<number, Array<number>>()
      for (const [place, { hashes }] of rows.entries()) {
        for (const hash of hashesOf(hashes)) {
          const bucket = buckets.get(hash >>> 23) ?? []
          buckets.set(hash >>> 23, bucket)
          bucket.push(((hash >>> 1) & 0x3fffff) * 1024 + place)
        }
      }
      const ids = bytesOf(Float64Array.from(rows, ({ id }) => id))
      database.exec("DELETE FROM freshTerms")
      const [first, last] = [rows.at(0)?.id ?? 0, rows.at(-1)?.id ?? 0]
      database.prepare("INSERT INTO termBlocks (block, first, last, ids) VALUES (1, ?, ?, ?)").run(first, last, ids)
      for (const [bucket, postings] of buckets) {
        database
          .prepare("INSERT INTO termPostings VALUES (?, ?)")
          .run(512 + bucket, bytesOf(Uint32Array.from(postings)))
      }
      database.close()
      const found = yield* Effect.provide(
        Effect.flatMap(TraceStore, ({ page }) => page({ filter: { text: "t3 all" }, limit: 50 })),
        store,
        { local: true }
      )
      assert.deepStrictEqual(
        found.traces.map(({ start }) => start),
        [NOON + 17_000, NOON + 10_000, NOON + 3000]
      )
    })
  )

  it.effect("that the version before has put in no block yet are found by model as well", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const file = join(directory, "traces.db")
      const store = SqliteTraceStore.layer({ file })
      const samples = Array.from({ length: 20 }, (_, index) =>
        sample(index, { model: `m${index % 3}` }, `all t${index % 7}`)
      )
      yield* Effect.provide(
        Effect.flatMap(TraceStore, ({ append }) => append(samples, "1")),
        store,
        { local: true }
      )
      const database = new DatabaseSync(file)
      const models = new Set([0, 1, 2].flatMap((model) => [...termHashes("", [modelLabel(`m${model}`)])]))
      const rows = query<{ id: number; hashes: Uint8Array }>(database, "SELECT id, hashes FROM freshTerms").all()
      for (const { hashes, id } of rows) {
        const older = hashesOf(hashes).filter((hash) => !models.has(hash))
        assert.lengthOf(older, hashesOf(hashes).length - 1)
        database.prepare("UPDATE freshTerms SET hashes = ? WHERE id = ?").run(bytesOf(older), id)
      }
      database.exec(`DROP TABLE termSizes; DROP INDEX termBlocks_by_last; ALTER TABLE termBlocks DROP COLUMN layout;
        CREATE INDEX termBlocks_by_last ON termBlocks (last, first); PRAGMA user_version = 2`)
      database.close()
      const found = yield* Effect.provide(
        Effect.flatMap(TraceStore, ({ page }) => page({ filter: { text: "t3 all", model: "m1" }, limit: 50 })),
        store,
        { local: true }
      )
      assert.deepStrictEqual(
        found.traces.map(({ start }) => start),
        [NOON + 10_000]
      )
    })
  )

  it("a block gives the places of each term and of no other", () => {
    const texts = Array.from(
      { length: 200 },
      (_, index) => `all t${index % 7} t${index}x 🙂 𐐨𐐩 ${"é".repeat(index % 3)}`
    )
    const { postings, starts } = postingsOf(texts.map((text) => termHashes(text, [labelOf("name", text)])))
    for (const term of ["all", "t3", "t13x", "𐐨𐐩", "éé", "none"]) {
      const [hash = 0] = termHashes(term, [])
      const bucket = bucketOf(hash, LAYOUT)
      assert.deepStrictEqual(
        placesOf(postings.subarray(starts[bucket], starts[bucket + 1]), hash, LAYOUT),
        texts.flatMap((text, place) => (hasTerms(text, [term]) ? [place] : [])),
        term
      )
    }
    const rows = rowsOf(starts)
    assert.deepStrictEqual([rows[0], rows.at(-1)], [0, starts.length - 1])
    for (let row = 0; row + 1 < rows.length; row++) {
      const [first = 0, next = 0] = [rows[row], rows[row + 1]]
      const bytes = 4 * ((starts[next] ?? 0) - (starts[first] ?? 0))
      assert.isTrue(next === first + 1 || (next > first && bytes <= 4000))
    }
    assert.isBelow(rows.length, 10)
    assert.deepStrictEqual([...termHashes("🙂 -- \ud800 \udc00", [])], [])
    assert.notDeepEqual(termHashes("namevalue", []), termHashes("", [labelOf("name", "value")]))
  })
})
