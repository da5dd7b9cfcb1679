import type { DatabaseSync } from "node:sqlite"
import { query } from "../spool/query.ts"
import { encodeIds } from "./blockIds.ts"
import { SIZES, sizeClass } from "./sizeClass.ts"
import {
  BLOCK_TERMS,
  BLOCK_TRACES,
  bucketKey,
  bytesOf,
  hashesOf,
  LAYOUT,
  layoutOf,
  postingsOf,
  rowsOf
} from "./termBlock.ts"

/** Rows written in one step: half a MiB. */
const STEP_ROWS = 128

interface FreshRow {
  readonly id: number
  readonly hashes: Uint8Array
}

interface SizesRow {
  readonly tokens: number
  readonly durationMs: number
}

interface Taken {
  readonly ids: ReadonlyArray<number>
  readonly hashes: ReadonlyArray<Int32Array>
}

/** Gives the functions that keep terms; each is to be called in a transaction. */
export const termWriter = (database: DatabaseSync) => {
  const insertFresh = query(database, "INSERT INTO freshTerms VALUES (?, ?)")
  const fresh = query<{ traces: number; bytes: number | null }>(
    database,
    "SELECT count(*) AS traces, sum(length(hashes)) AS bytes FROM freshTerms"
  )
  const oldest = query<FreshRow>(database, "SELECT id, hashes FROM freshTerms ORDER BY id LIMIT ?")
  const deleteFresh = query(database, "DELETE FROM freshTerms WHERE id IN (SELECT value FROM json_each(?))")
  const deleteFreshBefore = query(database, "DELETE FROM freshTerms WHERE id < ?")
  const nextBlock = query<{ block: number }>(database, "SELECT ifnull(max(block), 0) + 1 AS block FROM termBlocks")
  const insertBlock = query(database, "INSERT INTO termBlocks (block, first, last, ids, layout) VALUES (?, ?, ?, ?, ?)")
  const sizesIn = query<SizesRow>(
    database,
    "SELECT ifnull(inputTokens, 0) + ifnull(outputTokens, 0) AS tokens, durationMs FROM traces WHERE id = ?"
  )
  const insertSizes = query(database, "INSERT OR REPLACE INTO termSizes VALUES (?, ?)")
  const deleteSizes = query(database, "DELETE FROM termSizes WHERE block = ?")
  const insertPostings = query(database, "INSERT INTO termPostings VALUES (?, ?)")
  const blocksBefore = query<{ block: number; layout: number }>(
    database,
    "SELECT block, layout FROM termBlocks WHERE last < ?"
  )
  const deleteBlock = query(database, "DELETE FROM termBlocks WHERE block = ?")
  const deletePostings = query(database, "DELETE FROM termPostings WHERE key >= ? AND key < ?")

  const takeFresh = (): Taken => {
    const ids: Array<number> = []
    const taken: Array<Int32Array> = []
    let terms = 0
    for (const { hashes, id } of oldest.iterate(BLOCK_TRACES)) {
      ids.push(id)
      taken.push(hashesOf(hashes))
      terms += hashes.length / Int32Array.BYTES_PER_ELEMENT
      if (terms >= BLOCK_TERMS) break
    }
    return { ids, hashes: taken }
  }

  const sizesOf = (ids: ReadonlyArray<number>): Uint8Array => {
    const sizes = new Uint8Array(SIZES * ids.length)
    for (const [place, id] of ids.entries()) {
      const { durationMs, tokens } = sizesIn.get(id) ?? { durationMs: 0, tokens: 0 }
      sizes.set([sizeClass(tokens), sizeClass(durationMs)], SIZES * place)
    }
    return sizes
  }

  return {
    add: (id: number, hashes: Int32Array): void => {
      if (hashes.length > 0) insertFresh.run(id, bytesOf(hashes))
    },
    /**
     * Makes a block of the oldest that are in none, once they fill one; each step is a transaction of its own. The block
     * is there with the last step: what was written of one that was given up is removed by the next.
     */
    *fold(): Generator<void, void> {
      const { bytes, traces } = fresh.get() ?? { traces: 0, bytes: 0 }
      if (traces < BLOCK_TRACES && (bytes ?? 0) < BLOCK_TERMS * Int32Array.BYTES_PER_ELEMENT) return
      const block = nextBlock.get()?.block ?? 1
      deletePostings.run(bucketKey(block, 0, LAYOUT), Number.MAX_SAFE_INTEGER)
      const { hashes, ids } = takeFresh()
      yield
      const { postings, starts } = postingsOf(hashes)
      yield
      const rows = rowsOf(starts)
      for (let row = 0; row + 1 < rows.length; row++) {
        const first = rows[row] ?? 0
        const own = postings.subarray(starts[first], starts[rows[row + 1] ?? 0])
        insertPostings.run(bucketKey(block, first, LAYOUT), bytesOf(own))
        if ((row + 1) % STEP_ROWS === 0) yield
      }
      insertSizes.run(block, sizesOf(ids))
      yield
      insertBlock.run(block, ids[0] ?? 0, ids.at(-1) ?? 0, encodeIds(ids), LAYOUT.layout)
      // Not all up to the last: others, as old, may have come meanwhile.
      deleteFresh.run(JSON.stringify(ids))
    },
    /** Forgets the terms of traces before this one. */
    forget: (id: number): void => {
      deleteFreshBefore.run(id)
      for (const { block, layout } of blocksBefore.all(id)) {
        const first = (block: number) => bucketKey(block, 0, layoutOf(layout))
        deletePostings.run(first(block), first(block + 1))
        deleteSizes.run(block)
        deleteBlock.run(block)
      }
    }
  }
}
