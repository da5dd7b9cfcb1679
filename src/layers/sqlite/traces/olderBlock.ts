import type { DatabaseSync } from "node:sqlite"
import { query } from "../spool/query.ts"
import type { BlockReader } from "./BlockReader.ts"
import { numbersAt } from "./increasing.ts"
import { isWithin, type SizeRange } from "./sizeClass.ts"
import { aligned } from "./storedNumbers.ts"

/*
 * Blocks of earlier schema versions, which are read until their traces are forgotten. Their postings are 32 bits each:
 * some of a hash, and a place. A row has one bucket of hashes that begin alike, of the second kind several.
 */

interface OlderKind {
  readonly bucketBits: number
  readonly placeBits: number
  readonly severalBuckets: boolean
}

/** By layout; the first has neither terms of models nor sizes. */
const KINDS = [
  { bucketBits: 9, placeBits: 10, severalBuckets: false },
  { bucketBits: 11, placeBits: 12, severalBuckets: true }
] as const satisfies ReadonlyArray<OlderKind>

/** The keys of an older block's rows, inclusive and exclusive; none of another block. */
export const olderKeys = (block: number, layout: number): readonly [number, number] | undefined => {
  const kind = KINDS[layout]
  if (kind === undefined) return undefined
  const buckets = 2 ** kind.bucketBits
  return [block * buckets, (block + 1) * buckets]
}

/** Gives the readers of older blocks, by layout. */
export const olderReaders = (database: DatabaseSync): ReadonlyArray<BlockReader> => {
  const rowUpTo = query<{ postings: Uint8Array }>(
    database,
    "SELECT postings FROM termPostings WHERE key >= ? AND key <= ? ORDER BY key DESC LIMIT 1"
  )
  const idsIn = query<{ ids: Uint8Array }>(database, "SELECT ids FROM termBlocks WHERE block = ?")
  const sizesIn = query<{ sizes: Uint8Array }>(database, "SELECT sizes FROM termSizes WHERE block = ?")

  const placesIn = (kind: OlderKind) => (block: number, hash: number) => {
    const key = block * 2 ** kind.bucketBits + (hash >>> (32 - kind.bucketBits))
    const row = rowUpTo.get(kind.severalBuckets ? block * 2 ** kind.bucketBits : key, key)
    return row === undefined ? [] : placesOf(new Uint32Array(aligned(row.postings)), hash, kind)
  }
  const within = (block: number, places: ReadonlyArray<number>, ranges: ReadonlyArray<SizeRange>) => {
    if (ranges.length === 0) return places
    const sizes = sizesIn.get(block)?.sizes ?? NONE
    return places.filter((place) => isWithin(sizes, place, ranges))
  }
  return [
    {
      knowsModels: false,
      places: placesIn(KINDS[0]),
      ids: (block, places) => {
        const ids = new Float64Array(aligned(idsIn.get(block)?.ids ?? NONE))
        return places.flatMap((place) => ids[place] ?? [])
      }
    },
    {
      knowsModels: true,
      places: placesIn(KINDS[1]),
      ids: (block, places, ranges) => numbersAt(idsIn.get(block)?.ids ?? NONE, within(block, places, ranges))
    }
  ]
}

const NONE = new Uint8Array()

/** What other buckets of a row have in common with the hash is taken for it. */
const placesOf = (postings: Uint32Array, hash: number, kind: OlderKind): ReadonlyArray<number> => {
  const rest = (hash << kind.bucketBits) >>> kind.placeBits
  const mask = 2 ** kind.placeBits - 1
  const places = new Set<number>()
  for (const posting of postings) if (posting >>> kind.placeBits === rest) places.add(posting & mask)
  return [...places].sort((a, b) => a - b)
}
