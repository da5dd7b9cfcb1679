import type { DatabaseSync } from "node:sqlite"
import { query } from "../spool/query.ts"
import { decodeIds } from "./blockIds.ts"
import { isWithin, type SizeRange } from "./sizeClass.ts"
import { bucketKey, bucketOf, bytesOf, hashesOf, idsOf, LAYOUT, layoutOf, placesOf, postingsIn } from "./termBlock.ts"

/** Blocks looked at in one go. */
const BLOCKS = 64

/** What is looked for. */
export interface Wanted {
  readonly hashes: ReadonlyArray<number>
  /** Known to blocks of the newest layout only, as are sizes. */
  readonly newer: ReadonlyArray<number>
  readonly sizes: ReadonlyArray<SizeRange>
}

/** Traces that seem to be what is wanted, newest first; all there are from `floor` on. */
export interface Candidates {
  readonly ids: ReadonlyArray<number>
  readonly floor: number
}

interface Term {
  readonly hash: number
  readonly isNewer: boolean
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
  const sizesIn = query<{ sizes: Uint8Array }>(database, "SELECT sizes FROM termSizes WHERE block = ?")
  const postings = query<{ postings: Uint8Array }>(
    database,
    "SELECT postings FROM termPostings WHERE key >= ? AND key <= ? ORDER BY key DESC LIMIT 1"
  )

  const placesWith = (row: BlockRow, hash: number): ReadonlyArray<number> => {
    const layout = layoutOf(row.layout)
    const key = bucketKey(row.block, bucketOf(hash, layout), layout)
    // Rows of the first layout have one bucket each.
    const found = postings.get(layout === LAYOUT ? bucketKey(row.block, 0, layout) : key, key)
    return found === undefined ? [] : placesOf(postingsIn(found.postings), hash, layout)
  }

  const idsWith = (block: BlockRow, terms: Array<Term>, ranges: ReadonlyArray<SizeRange>): ReadonlyArray<number> => {
    const isNew = block.layout === LAYOUT.layout
    let places: ReadonlyArray<number> | undefined
    for (const term of terms) {
      if (term.isNewer && !isNew) continue
      const own = placesWith(block, term.hash)
      term.seen += own.length
      places = places === undefined ? own : common(places, own)
      if (places.length === 0) break
    }
    // The rarest first: where it is not, no other is looked for.
    terms.sort((a, b) => a.seen - b.seen)
    if (places === undefined || places.length === 0) return []
    if (!isNew) {
      const ids = idsOf(idsIn.get(block.block)?.ids ?? NONE)
      return places.flatMap((place) => ids[place] ?? [])
    }
    if (ranges.length > 0) {
      const sizes = sizesIn.get(block.block)?.sizes ?? NONE
      places = places.filter((place) => isWithin(sizes, place, ranges))
    }
    return places.length === 0 ? [] : decodeIds(idsIn.get(block.block)?.ids ?? NONE, places)
  }

  return (wanted: Wanted, from: number, before: number, share: number): Candidates => {
    const found: Array<number> = []
    const hashes = [...wanted.hashes, ...wanted.newer]
    const terms = hashes.map((hash, at) => ({ hash, isNewer: at >= wanted.hashes.length, seen: 0 }))
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
      for (const id of idsWith(block, terms, wanted.sizes)) if (id >= from && id < before) found.push(id)
    }
    return { ids: found.filter((id) => id >= floor).sort((a, b) => b - a), floor }
  }
}

const NONE = new Uint8Array()

/** Of two lists in order. */
const common = (one: ReadonlyArray<number>, other: ReadonlyArray<number>): ReadonlyArray<number> => {
  let at = 0
  return one.filter((place) => {
    while ((other[at] ?? place) < place) at += 1
    return other[at] === place
  })
}
