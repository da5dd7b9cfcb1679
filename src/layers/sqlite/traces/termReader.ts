import type { DatabaseSync } from "node:sqlite"
import { query } from "../spool/query.ts"
import { bucketKey, bucketOf, hashesOf, idsOf, placesOf, postingsIn } from "./termBlock.ts"

/** Blocks looked at in one go. */
const BLOCKS = 128

/** Traces that seem to have all terms, newest first; all there are from `floor` on. */
export interface Candidates {
  readonly ids: ReadonlyArray<number>
  readonly floor: number
}

interface Term {
  readonly hash: number
  /** Where it was found so far. */
  seen: number
}

interface BlockRow {
  readonly block: number
  readonly last: number
}

/** Gives the function that looks for terms among the ids from `from` to before `before`, until `share` are found. */
export const termReader = (database: DatabaseSync) => {
  const fresh = query<{ id: number; hashes: Uint8Array }>(
    database,
    "SELECT id, hashes FROM freshTerms WHERE id >= ? AND id < ?"
  )
  const blocks = query<BlockRow>(
    database,
    "SELECT block, last FROM termBlocks WHERE last >= ? AND first < ? ORDER BY last DESC"
  )
  const idsIn = query<{ ids: Uint8Array }>(database, "SELECT ids FROM termBlocks WHERE block = ?")
  const postings = query<{ postings: Uint8Array }>(database, "SELECT postings FROM termPostings WHERE key = ?")

  const placesWith = (block: number, hash: number): ReadonlyArray<number> => {
    const row = postings.get(bucketKey(block, bucketOf(hash)))
    return row === undefined ? [] : placesOf(postingsIn(row.postings), hash)
  }

  const idsWith = (block: number, terms: Array<Term>): ReadonlyArray<number> => {
    let places: ReadonlyArray<number> | undefined
    for (const term of terms) {
      const own = placesWith(block, term.hash)
      term.seen += own.length
      places = places === undefined ? own : common(places, own)
      if (places.length === 0) break
    }
    // The rarest first: where it is not, no other is looked for.
    terms.sort((a, b) => a.seen - b.seen)
    if (places === undefined || places.length === 0) return []
    const ids = idsOf(idsIn.get(block)?.ids ?? new Uint8Array())
    return places.flatMap((place) => ids[place] ?? [])
  }

  return (hashes: ReadonlyArray<number>, from: number, before: number, share: number): Candidates => {
    const found: Array<number> = []
    const terms = hashes.map((hash) => ({ hash, seen: 0 }))
    for (const row of fresh.iterate(from, before)) {
      const own = hashesOf(row.hashes)
      if (hashes.every((hash) => own.includes(hash))) found.push(row.id)
    }
    let floor = from
    let looked = 0
    for (const { block, last } of blocks.iterate(from, before)) {
      // Those that reach beyond `before` do not count: the way must lead on.
      if (last < before && (found.length >= share || looked++ === BLOCKS)) {
        floor = last + 1
        break
      }
      for (const id of idsWith(block, terms)) if (id >= from && id < before) found.push(id)
    }
    return { ids: found.filter((id) => id >= floor).sort((a, b) => b - a), floor }
  }
}

const common = (one: ReadonlyArray<number>, other: ReadonlyArray<number>): ReadonlyArray<number> => {
  const having = new Set(other)
  return one.filter((place) => having.has(place))
}
