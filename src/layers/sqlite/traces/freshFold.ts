import type { DatabaseSync } from "node:sqlite"
import { release } from "../../system/release.ts"
import { query } from "../spool/query.ts"
import type { BlockTraces } from "./blockTraces.ts"
import { blockWriter } from "./blockWriter.ts"
import { sizeClass } from "./sizeClass.ts"
import { hashesOf } from "./storedNumbers.ts"
import { SMALL, SMALL_POSTINGS } from "./termBlock.ts"
import { termsOf } from "./termsOf.ts"

interface FreshRow {
  readonly id: number
  readonly hashes: Uint8Array
  readonly tokens: number
  readonly durationMs: number
}

interface Taken extends BlockTraces {
  readonly hashes: ReadonlyArray<Int32Array>
}

/** Gives the function that makes a small block of the oldest traces that are in none, once they fill one; in steps. */
export const freshFold = (database: DatabaseSync) => {
  const fresh = query<{ count: number; bytes: number | null }>(
    database,
    "SELECT count(*) AS count, sum(length(hashes)) AS bytes FROM freshTerms"
  )
  const oldest = query<FreshRow>(
    database,
    `SELECT id, hashes, ifnull(inputTokens, 0) + ifnull(outputTokens, 0) AS tokens, ifnull(durationMs, 0) AS durationMs
       FROM freshTerms LEFT JOIN traces USING (id) ORDER BY id LIMIT ?`
  )
  const remove = query(database, "DELETE FROM freshTerms WHERE id IN (SELECT value FROM json_each(?))")
  const write = blockWriter(database)

  const take = (): Taken => {
    const ids: Array<number> = []
    const taken: Array<Int32Array> = []
    const sizes: Array<number> = []
    let postings = 0
    for (const { durationMs, hashes, id, tokens } of oldest.iterate(SMALL.traces)) {
      ids.push(id)
      sizes.push(sizeClass(tokens), sizeClass(durationMs))
      taken.push(hashesOf(hashes))
      postings += hashes.length / Int32Array.BYTES_PER_ELEMENT
      if (postings >= SMALL_POSTINGS) break
    }
    return { ids, sizes: Uint8Array.from(sizes), hashes: taken }
  }

  return function* (): Generator<void, void> {
    const { bytes, count } = fresh.get() ?? { count: 0, bytes: 0 }
    if (count < SMALL.traces && (bytes ?? 0) < SMALL_POSTINGS * Int32Array.BYTES_PER_ELEMENT) return
    const { hashes, ...traces } = take()
    yield
    const terms = termsOf(hashes)
    for (const ofTrace of hashes) release(ofTrace)
    yield* write(SMALL, traces, terms)
    release(terms.places)
    // Not all up to the last: others, as old, may have come meanwhile.
    remove.run(JSON.stringify(traces.ids))
  }
}
