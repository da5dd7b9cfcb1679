import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { query } from "../../../../src/layers/sqlite/spool/query.ts"
import { blockReaders } from "../../../../src/layers/sqlite/traces/BlockReader.ts"
import { blockWriter } from "../../../../src/layers/sqlite/traces/blockWriter.ts"
import { LARGE, SMALL, SMALLS } from "../../../../src/layers/sqlite/traces/termBlock.ts"
import { labelOf, termHashes } from "../../../../src/layers/sqlite/traces/termHashes.ts"
import { termsOf } from "../../../../src/layers/sqlite/traces/termsOf.ts"
import { termWriter } from "../../../../src/layers/sqlite/traces/termWriter.ts"
import { hasTerms } from "../../../../src/services/store/searchTerms.ts"

import { openedTerms } from "./openedTerms.ts"

const down = (a: number, b: number) => b - a

describe("blocks of terms", () => {
  it.effect("are found in a block whose making was given up, and in what came while it was made", () =>
    Effect.gen(function* () {
      const { database, ids, inTransaction } = yield* openedTerms
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
      const { database, ids, inTransaction, layouts } = yield* openedTerms
      const words = (id: number) =>
        termHashes(`all seven${id % 7} ${Array.from({ length: 60 }, (_, at) => `${id}x${at}`).join(" ")}`, [])
      // Blocks overlap: what is stored late is as old as what other blocks have.
      const idAt = (index: number) => 1 + 2 * Math.floor(index / 2) + (index % 2) * (6 * SMALL.traces + 1)
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

  it.effect("are found where more came late, and older than a block, than are looked at in one go", () =>
    Effect.gen(function* () {
      const { database, ids, inTransaction, layouts } = yield* openedTerms
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
      const { database } = yield* openedTerms
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
