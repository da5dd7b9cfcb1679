import type { DatabaseSync } from "node:sqlite"
import { query } from "../spool/query.ts"
import { BLOCK_TERMS, BLOCK_TRACES, BUCKETS, bucketKey, bytesOf, hashesOf, postingsOf } from "./termBlock.ts"

interface FreshRow {
  readonly id: number
  readonly hashes: Uint8Array
}

/** Gives the functions that keep terms; each is to be called in a transaction. */
export const termWriter = (database: DatabaseSync) => {
  const insertFresh = query(database, "INSERT INTO freshTerms VALUES (?, ?)")
  const fresh = query<{ traces: number; bytes: number | null }>(
    database,
    "SELECT count(*) AS traces, sum(length(hashes)) AS bytes FROM freshTerms"
  )
  const oldest = query<FreshRow>(database, "SELECT id, hashes FROM freshTerms ORDER BY id LIMIT ?")
  const deleteFresh = query(database, "DELETE FROM freshTerms WHERE id <= ?")
  const insertBlock = query<{ block: number }>(
    database,
    "INSERT INTO termBlocks (first, last, ids) VALUES (?, ?, ?) RETURNING block"
  )
  const insertPostings = query(database, "INSERT INTO termPostings VALUES (?, ?)")
  const blocksBefore = query<{ block: number }>(database, "SELECT block FROM termBlocks WHERE last < ?")
  const deleteBlock = query(database, "DELETE FROM termBlocks WHERE block = ?")
  const deletePostings = query(database, "DELETE FROM termPostings WHERE key >= ? AND key < ?")

  const takeFresh = (): ReadonlyArray<{ readonly id: number; readonly hashes: Int32Array }> => {
    const taken: Array<{ readonly id: number; readonly hashes: Int32Array }> = []
    let terms = 0
    for (const { hashes, id } of oldest.iterate(BLOCK_TRACES)) {
      taken.push({ id, hashes: hashesOf(hashes) })
      terms += hashes.length / Int32Array.BYTES_PER_ELEMENT
      if (terms >= BLOCK_TERMS) break
    }
    return taken
  }

  return {
    add: (id: number, hashes: Int32Array): void => {
      if (hashes.length > 0) insertFresh.run(id, bytesOf(hashes))
    },
    /** Makes a block of the oldest that are in none, once they fill one. */
    fold: (): boolean => {
      const { bytes, traces } = fresh.get() ?? { traces: 0, bytes: 0 }
      if (traces < BLOCK_TRACES && (bytes ?? 0) < BLOCK_TERMS * Int32Array.BYTES_PER_ELEMENT) return false
      const taken = takeFresh()
      const ids = Float64Array.from(taken, ({ id }) => id)
      const last = ids.at(-1) ?? 0
      const block = insertBlock.get(ids[0] ?? 0, last, bytesOf(ids))?.block ?? 0
      const { postings, starts } = postingsOf(taken.map(({ hashes }) => hashes))
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        const own = postings.subarray(starts[bucket], starts[bucket + 1])
        if (own.length > 0) insertPostings.run(bucketKey(block, bucket), bytesOf(own))
      }
      deleteFresh.run(last)
      return true
    },
    /** Forgets the terms of traces before this one. */
    forget: (id: number): void => {
      deleteFresh.run(id - 1)
      for (const { block } of blocksBefore.all(id)) {
        deletePostings.run(bucketKey(block, 0), bucketKey(block + 1, 0))
        deleteBlock.run(block)
      }
    }
  }
}
