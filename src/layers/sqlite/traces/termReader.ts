import type { DatabaseSync } from "node:sqlite"
import { query } from "../spool/query.ts"
import { type BlockReader, blockReaders } from "./BlockReader.ts"
import { olderReaders } from "./olderBlock.ts"
import type { SizeRange } from "./sizeClass.ts"
import { bytesOf, hashesOf } from "./storedNumbers.ts"

/** Blocks looked at in one go. */
const BLOCKS = 32

/** What is looked for. */
export interface Wanted {
  readonly hashes: ReadonlyArray<number>
  /** Terms of models, which not every block has. */
  readonly models: ReadonlyArray<number>
  readonly sizes: ReadonlyArray<SizeRange>
}

/** Traces that seem to be what is wanted, newest first; all there are from `floor` on. */
export interface Candidates {
  readonly ids: ReadonlyArray<number>
  readonly floor: number
}

interface Term {
  readonly hash: number
  readonly ofModel: boolean
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
  const readers = new Map([...olderReaders(database).entries(), ...blockReaders(database)])

  const idsWith = (
    block: number,
    reader: BlockReader,
    terms: Array<Term>,
    ranges: ReadonlyArray<SizeRange>
  ): ReadonlyArray<number> => {
    let places: ReadonlyArray<number> | undefined
    for (const term of terms) {
      if (term.ofModel && !reader.knowsModels) continue
      const own = reader.places(block, term.hash)
      term.seen += own.length
      places = places === undefined ? own : common(places, own)
      if (places.length === 0) break
    }
    // The rarest first: where it is not, no other is looked for.
    terms.sort((a, b) => a.seen - b.seen)
    return places === undefined || places.length === 0 ? [] : reader.ids(block, places, ranges)
  }

  return (wanted: Wanted, from: number, before: number, share: number): Candidates => {
    const found: Array<number> = []
    const hashes = [...wanted.hashes, ...wanted.models]
    const terms = hashes.map((hash, at) => ({ hash, ofModel: at >= wanted.hashes.length, seen: 0 }))
    const asBytes = hashes.map((hash) => bytesOf(Int32Array.of(hash)))
    for (const row of freshWith(hashes.length).iterate(from, before, ...asBytes)) {
      const own = hashesOf(row.hashes)
      if (hashes.every((hash) => own.includes(hash))) found.push(row.id)
    }
    let floor = from
    let looked = 0
    for (const { block, last, layout } of blocks.iterate(from, before)) {
      // Those that reach beyond `before` do not count, and one is looked at in any case: the way must lead on.
      if (last < before) {
        if (looked > 0 && (found.length >= share || looked === BLOCKS)) {
          floor = last + 1
          break
        }
        looked += 1
      }
      const reader = readers.get(layout)
      if (reader === undefined) continue
      for (const id of idsWith(block, reader, terms, wanted.sizes)) if (id >= from && id < before) found.push(id)
    }
    // What is forgotten may be in a block still, and come again.
    return { ids: [...new Set(found)].filter((id) => id >= floor).sort((a, b) => b - a), floor }
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
