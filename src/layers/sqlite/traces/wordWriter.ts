import type { DatabaseSync } from "node:sqlite"
import { query } from "../spool/query.ts"
import { BLOCK_TRACES, BLOCK_WORDS, BUCKETS, bucketKey, bytesOf, hashesOf, postingsOf } from "./wordBlock.ts"

interface FreshRow {
  readonly id: number
  readonly hashes: Uint8Array
}

/** Gives the functions that keep words; each is to be called in a transaction. */
export const wordWriter = (database: DatabaseSync) => {
  const insertFresh = query(database, "INSERT INTO freshWords VALUES (?, ?)")
  const fresh = query<{ traces: number; bytes: number | null }>(
    database,
    "SELECT count(*) AS traces, sum(length(hashes)) AS bytes FROM freshWords"
  )
  const oldest = query<FreshRow>(database, "SELECT id, hashes FROM freshWords ORDER BY id LIMIT ?")
  const deleteFresh = query(database, "DELETE FROM freshWords WHERE id <= ?")
  const insertBlock = query<{ block: number }>(
    database,
    "INSERT INTO wordBlocks (first, last, ids) VALUES (?, ?, ?) RETURNING block"
  )
  const insertPostings = query(database, "INSERT INTO wordPostings VALUES (?, ?)")
  const blocksBefore = query<{ block: number }>(database, "SELECT block FROM wordBlocks WHERE last < ?")
  const deleteBlock = query(database, "DELETE FROM wordBlocks WHERE block = ?")
  const deletePostings = query(database, "DELETE FROM wordPostings WHERE key >= ? AND key < ?")

  const takeFresh = (): ReadonlyArray<{ readonly id: number; readonly hashes: Uint32Array }> => {
    const taken: Array<{ readonly id: number; readonly hashes: Uint32Array }> = []
    let words = 0
    for (const { hashes, id } of oldest.iterate(BLOCK_TRACES)) {
      taken.push({ id, hashes: hashesOf(hashes) })
      words += hashes.length / Uint32Array.BYTES_PER_ELEMENT
      if (words >= BLOCK_WORDS) break
    }
    return taken
  }

  return {
    add: (id: number, hashes: Uint32Array): void => {
      if (hashes.length > 0) insertFresh.run(id, bytesOf(hashes))
    },
    /** Makes a block of the oldest that are in none, once they fill one. */
    fold: (): boolean => {
      const { bytes, traces } = fresh.get() ?? { traces: 0, bytes: 0 }
      if (traces < BLOCK_TRACES && (bytes ?? 0) < BLOCK_WORDS * Uint32Array.BYTES_PER_ELEMENT) return false
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
    /** Forgets the words of traces before this one. */
    forget: (id: number): void => {
      deleteFresh.run(id - 1)
      for (const { block } of blocksBefore.all(id)) {
        deletePostings.run(bucketKey(block, 0), bucketKey(block + 1, 0))
        deleteBlock.run(block)
      }
    }
  }
}
