import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { query } from "../../../../src/layers/sqlite/spool/query.ts"
import { encodeIncreasing } from "../../../../src/layers/sqlite/traces/increasing.ts"
import * as SqliteTraceStore from "../../../../src/layers/sqlite/traces/SqliteTraceStore.ts"
import { sizeClass } from "../../../../src/layers/sqlite/traces/sizeClass.ts"
import { bytesOf, hashesOf } from "../../../../src/layers/sqlite/traces/storedNumbers.ts"
import { termHashes } from "../../../../src/layers/sqlite/traces/termHashes.ts"
import { modelLabel } from "../../../../src/layers/sqlite/traces/traceLabels.ts"
import { TraceStore } from "../../../../src/services/store/TraceStore.ts"
import { NOON, sample } from "../../../contracts/storedTraces.ts"
import { temporaryDirectory } from "../temporaryDirectory.ts"

const NAMES_OF_4 = `DROP TABLE traceNames; DROP TABLE nameRuns;
  CREATE INDEX traces_by_name ON traces (substr(traceId, -12));`

describe("terms of earlier schema versions", () => {
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

  it.effect("are found in a block of schema version 3, whose rows have several buckets, by sizes as well", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const file = join(directory, "traces.db")
      const store = SqliteTraceStore.layer({ file })
      const samples = Array.from({ length: 40 }, (_, index) =>
        sample(index, { model: `m${index % 3}`, inputTokens: 100 * index }, `all t${index % 7}`)
      )
      yield* Effect.provide(
        Effect.flatMap(TraceStore, ({ append }) => append(samples, "1")),
        store,
        { local: true }
      )
      const database = new DatabaseSync(file)
      const rows = query<{ id: number; hashes: Uint8Array; tokens: number; durationMs: number }>(
        database,
        `SELECT id, hashes, inputTokens + outputTokens AS tokens, durationMs FROM freshTerms JOIN traces USING (id)
           ORDER BY id`
      ).all()
      const postings = rows
        .flatMap(({ hashes }, place) =>
          [...hashesOf(hashes)].map((hash) => ({ bucket: hash >>> 21, bits: ((hash << 11) >>> 12) * 4096 + place }))
        )
        .sort((a, b) => a.bucket - b.bucket)
      const [first, last] = [rows.at(0)?.id ?? 0, rows.at(-1)?.id ?? 0]
      database.exec(`${NAMES_OF_4} DELETE FROM freshTerms; DROP TABLE blockTraces; PRAGMA user_version = 3`)
      database
        .prepare("INSERT INTO termBlocks (block, first, last, ids, layout) VALUES (1, ?, ?, ?, 1)")
        .run(first, last, encodeIncreasing(rows.map(({ id }) => id)))
      database
        .prepare("INSERT INTO termSizes VALUES (1, ?)")
        .run(Uint8Array.from(rows.flatMap(({ durationMs, tokens }) => [sizeClass(tokens), sizeClass(durationMs)])))
      const insert = database.prepare("INSERT INTO termPostings VALUES (?, ?)")
      for (let from = 0; from < postings.length; ) {
        const start = from
        const { bucket } = postings[start] ?? { bucket: 0 }
        while (from < postings.length && (from < start + 100 || postings[from]?.bucket === postings[from - 1]?.bucket))
          from += 1
        const bits = Uint32Array.from(postings.slice(start, from), (posting) => posting.bits)
        insert.run(2048 + bucket, new Uint8Array(bits.buffer))
      }
      // Of a block that was given up.
      insert.run(2 * 2048 + 7, new Uint8Array(4))
      database.close()
      yield* Effect.gen(function* () {
        const { page, retain, size } = yield* TraceStore
        const found = yield* page({ filter: { text: "t3 all", model: "m1", minTokens: 2000 }, limit: 50 })
        assert.deepStrictEqual(
          found.traces.map(({ start }) => start),
          [31].map((index) => NOON + 1000 * index)
        )
        while ((yield* retain({ before: NOON * 2, maxBytes: 1e12 })) > 0) yield* Effect.yieldNow
        assert.strictEqual((yield* size).traces, 0)
      }).pipe(Effect.provide(store, { local: true }))
      const after = new DatabaseSync(file)
      assert.isEmpty(after.prepare("SELECT key FROM termPostings").all())
      after.close()
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
      database.exec(`${NAMES_OF_4} DROP TABLE blockTraces; DROP TABLE termSizes; DROP INDEX termBlocks_by_last; ALTER TABLE termBlocks DROP COLUMN layout;
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
})
