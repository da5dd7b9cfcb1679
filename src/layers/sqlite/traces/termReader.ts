import type { DatabaseSync } from "node:sqlite"
import { query } from "../spool/query.ts"
import { bucketKey, bucketOf, bytesOf, hashesOf, idsOf, layoutOf, placesOf, postingsIn } from "./termBlock.ts"

/** Blocks looked at in one go. */
const BLOCKS = 64

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
  readonly layout: number
}

/** Gives the function that looks for terms among the ids from `from` to before `before`, until `share` are found. */
export const termReader = (database: DatabaseSync) => {
  // First by its bytes, which need not be those of one hash: most rows have no part in it, and are slow to hand over.
  const freshWith = (terms: number) =>
    query<{ id: number; hashes: Uint8Array }>(
      database,
      `SELECT id, hashes FROM freshTerms WHERE id >= ? AND id < ?${" AND instr(hashes, ?) > 0".repeat(terms)}`
    )
  const blocks = query<BlockRow>(
    database,
    "SELECT block, last, layout FROM termBlocks WHERE last >= ? AND first < ? ORDER BY last DESC"
  )
  const idsIn = query<{ ids: Uint8Array }>(database, "SELECT ids FROM termBlocks WHERE block = ?")
  const postings = query<{ postings: Uint8Array }>(database, "SELECT postings FROM termPostings WHERE key = ?")

  const placesWith = (row: BlockRow, hash: number): ReadonlyArray<number> => {
    const layout = layoutOf(row.layout)
    const found = postings.get(bucketKey(row.block, bucketOf(hash, layout), layout))
    return found === undefined ? [] : placesOf(postingsIn(found.postings), hash, layout)
  }

  const idsWith = (block: BlockRow, terms: Array<Term>): ReadonlyArray<number> => {
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
    const ids = idsOf(idsIn.get(block.block)?.ids ?? new Uint8Array())
    return places.flatMap((place) => ids[place] ?? [])
  }

  return (hashes: ReadonlyArray<number>, from: number, before: number, share: number): Candidates => {
    const found: Array<number> = []
    const terms = hashes.map((hash) => ({ hash, seen: 0 }))
    const asBytes = hashes.map((hash) => bytesOf(Int32Array.of(hash)))
    for (const row of freshWith(hashes.length).iterate(from, before, ...asBytes)) {
      const own = hashesOf(row.hashes)
      if (hashes.every((hash) => own.includes(hash))) found.push(row.id)
    }
    let floor = from
    let looked = 0
    for (const block of blocks.iterate(from, before)) {
      // Those that reach beyond `before` do not count: the way must lead on.
      if (block.last < before && (found.length >= share || looked++ === BLOCKS)) {
        floor = block.last + 1
        break
      }
      for (const id of idsWith(block, terms)) if (id >= from && id < before) found.push(id)
    }
    return { ids: found.filter((id) => id >= floor).sort((a, b) => b - a), floor }
  }
}

/** Of two lists in order. */
const common = (one: ReadonlyArray<number>, other: ReadonlyArray<number>): ReadonlyArray<number> => {
  let at = 0
  return one.filter((place) => {
    while ((other[at] ?? place) < place) at += 1
    return other[at] === place
  })
}
