import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { query } from "../../../../src/layers/sqlite/spool/query.ts"
import { blockReaders } from "../../../../src/layers/sqlite/traces/BlockReader.ts"
import { blockWriter } from "../../../../src/layers/sqlite/traces/blockWriter.ts"
import * as SqliteTraceStore from "../../../../src/layers/sqlite/traces/SqliteTraceStore.ts"
import { bytesOf, hashesOf } from "../../../../src/layers/sqlite/traces/storedHashes.ts"
import { openTraces } from "../../../../src/layers/sqlite/traces/TraceDatabase.ts"
import { LARGE, SMALL, SMALLS } from "../../../../src/layers/sqlite/traces/termBlock.ts"
import { labelOf, termHashes } from "../../../../src/layers/sqlite/traces/termHashes.ts"
import { termReader } from "../../../../src/layers/sqlite/traces/termReader.ts"
import { termsOf } from "../../../../src/layers/sqlite/traces/termsOf.ts"
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

const down = (a: number, b: number) => b - a

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

/** A file, what is found in it, and what its blocks are. */
const opened = Effect.gen(function* () {
  const directory = yield* temporaryDirectory
  const { database } = openTraces(join(directory, "traces.db"))
  yield* Effect.addFinalizer(() => Effect.sync(() => database.close()))
  return {
    database,
    ids: (text: string, share = COUNT) => {
      const plan = planOf({ text })
      const found: Array<number> = []
      for (let to = plan.to; to > plan.from; ) {
        const { floor, ids } = termReader(database)(plan, plan.from, to, share)
        assert.isBelow(floor, to)
        found.push(...ids)
        to = floor
      }
      return found
    },
    layouts: () =>
      query<{ layout: number }>(database, "SELECT layout FROM termBlocks ORDER BY block")
        .all()
        .map(({ layout }) => layout),
    inTransaction: <A>(body: () => A): A => {
      database.exec("BEGIN")
      const result = body()
      database.exec("COMMIT")
      return result
    }
  }
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
      const { database, ids, inTransaction } = yield* opened
      const words = (index: number) =>
        termHashes(`all odd${index % 2} ${Array.from({ length: 300 }, (_, at) => `${index}x${at}`).join(" ")}`, [])
      const every = Array.from({ length: SMALL.traces }, (_, index) => 10 * index + 10)
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
      assert.deepStrictEqual(ids("77x299"), [780])
      assert.deepStrictEqual([...termWriter(database).fold()], [])
    })
  )

  it.effect("are found in blocks that are merged, given up, forgotten meanwhile and merged again", () =>
    Effect.gen(function* () {
      const { database, ids, inTransaction, layouts } = yield* opened
      const words = (id: number) =>
        termHashes(`all seven${id % 7} ${Array.from({ length: 60 }, (_, at) => `${id}x${at}`).join(" ")}`, [])
      // Blocks overlap: what is stored late is as old as what other blocks have.
      const idAt = (index: number) => 1 + Math.floor(index / 2) + (index % 2) * 3 * SMALL.traces
      const all: Array<number> = []
      for (let block = 0; block < SMALLS; block++) {
        inTransaction(() => {
          for (let place = 0; place < SMALL.traces; place++) {
            const id = idAt(block * SMALL.traces + place)
            all.push(id)
            termWriter(database).add(id, words(id))
          }
        })
        if (block < SMALLS - 1)
          for (const folding = termWriter(database).fold(); !inTransaction(() => folding.next().done); );
      }
      all.sort(down)
      const sevens = all.filter((id) => id % 7 === 3)
      const foundNow = () => {
        assert.deepStrictEqual(ids("seven3"), sevens)
        assert.deepStrictEqual(ids("all"), all)
      }
      assert.deepStrictEqual(layouts(), Array(SMALLS - 1).fill(SMALL.layout))
      foundNow()

      const givenUp = termWriter(database).fold()
      let steps = 0
      while (layouts().length < SMALLS || steps++ < 5) assert.isFalse(inTransaction(() => givenUp.next().done))
      foundNow()

      const merging = termWriter(database).fold()
      for (let step = 0; step < 4; step++) assert.isFalse(inTransaction(() => merging.next().done))
      // Retention goes on meanwhile; two whole blocks are in what it forgets.
      const kept = SMALL.traces + 10
      const before = layouts().length
      inTransaction(() => termWriter(database).forget(kept))
      assert.strictEqual(layouts().length, before)
      while (!inTransaction(() => merging.next().done)) assert.strictEqual(layouts().length, before)
      assert.deepStrictEqual(layouts(), [LARGE.layout])
      foundNow()
      assert.deepStrictEqual(ids(`${all[5]}x59 seven${(all[5] ?? 0) % 7}`), [all[5]])
      const rows = (table: string) => database.prepare(`SELECT key FROM ${table}`).all().length
      assert.strictEqual(rows("blockTraces"), (SMALLS * SMALL.traces) / 256)
      assert.isBelow(rows("termPostings"), 5000)

      inTransaction(() => termWriter(database).forget((all[0] ?? 0) + 1))
      assert.deepStrictEqual([layouts(), rows("blockTraces"), rows("termPostings")], [[], 0, 0])
    })
  )

  it.effect("are found in a block of schema version 2, whose rows have one bucket each", () =>
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
      const ids = new Uint8Array(Float64Array.from(rows, ({ id }) => id).buffer)
      database.exec("DELETE FROM freshTerms")
      const [first, last] = [rows.at(0)?.id ?? 0, rows.at(-1)?.id ?? 0]
      database.prepare("INSERT INTO termBlocks (block, first, last, ids) VALUES (1, ?, ?, ?)").run(first, last, ids)
      for (const [bucket, postings] of buckets) {
        database
          .prepare("INSERT INTO termPostings VALUES (?, ?)")
          .run(512 + bucket, new Uint8Array(Uint32Array.from(postings).buffer))
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

  it.effect("that schema version 2 has put in no block yet are found by model as well", () =>
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
      database.exec(`DROP TABLE blockTraces; DROP TABLE termSizes; DROP INDEX termBlocks_by_last; ALTER TABLE termBlocks DROP COLUMN layout;
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

  it.effect("are found where more came late, and older than a block, than are looked at in one go", () =>
    Effect.gen(function* () {
      const { database, ids, inTransaction, layouts } = yield* opened
      const store = (first: number, count: number) =>
        inTransaction(() => {
          for (let id = first; id < first + count; id++) termWriter(database).add(id, termHashes("all", []))
        })
      store(100_000, SMALL.traces)
      for (const folding = termWriter(database).fold(); !inTransaction(() => folding.next().done); );
      assert.lengthOf(layouts(), 1)
      store(1, 600)
      const found = ids("all", 512)
      assert.strictEqual(found.length, 600 + SMALL.traces)
      assert.deepStrictEqual(found, found.toSorted(down))
    })
  )

  it.effect("a block gives the places of each term and of no other", () =>
    Effect.gen(function* () {
      const { database } = yield* opened
      const texts = Array.from(
        { length: 200 },
        (_, index) => `all t${index % 7} t${index}x 🙂 𐐨𐐩 ${"é".repeat(index % 3)}`
      )
      const hashes = texts.map((text) => termHashes(text, [labelOf("name", text)]))
      const traces = { ids: texts.map((_, index) => 5 * index), sizes: new Uint8Array(2 * texts.length) }
      const readers = new Map(blockReaders(database))
      let block = 0
      for (const kind of [SMALL, LARGE]) {
        block += 1
        for (const _ of blockWriter(database)(kind, traces, termsOf(hashes)));
        for (const term of ["all", "t3", "t13x", "𐐨𐐩", "éé", "none"]) {
          const [hash = 0] = termHashes(term, [])
          const places = readers.get(kind.layout)?.places(block, hash) ?? []
          const wanted = texts.flatMap((text, place) => (hasTerms(text, [term]) ? [place] : []))
          assert.deepStrictEqual(places, wanted, term)
          assert.deepStrictEqual(
            readers.get(kind.layout)?.ids(block, places, []),
            wanted.map((place) => 5 * place)
          )
        }
      }
      assert.deepStrictEqual([...termHashes("🙂 -- \ud800 \udc00", [])], [])
      assert.notDeepEqual(termHashes("namevalue", []), termHashes("", [labelOf("name", "value")]))
    })
  )
})
