import type { DatabaseSync } from "node:sqlite"
import { release } from "../../system/release.ts"
import { query } from "../spool/query.ts"
import { blockTraces } from "./blockTraces.ts"
import { IncreasingReader } from "./increasing.ts"
import type { SizeRange } from "./sizeClass.ts"
import { type BlockKind, baseOf, firstKey, keyOf, LARGE, postingOf, SMALL } from "./termBlock.ts"

/** A row of a block's postings. */
export interface PostingRow {
  readonly key: number
  readonly postings: Uint8Array
}

/** Reads blocks of one layout. */
export interface BlockReader {
  /** Whether there are terms of models. */
  readonly knowsModels: boolean
  /** The places of a block's traces that have a term, in order. */
  readonly places: (block: number, hash: number) => ReadonlyArray<number>
  /** The ids of those at some places, but for those that are known not to have these sizes. */
  readonly ids: (
    block: number,
    places: ReadonlyArray<number>,
    ranges: ReadonlyArray<SizeRange>
  ) => ReadonlyArray<number>
}

/** Gives the readers of the blocks that are written now. */
export const blockReaders = (database: DatabaseSync): ReadonlyArray<readonly [layout: number, BlockReader]> => {
  const rowUpTo = query<PostingRow>(
    database,
    "SELECT key, postings FROM termPostings WHERE key >= ? AND key <= ? ORDER BY key DESC LIMIT 1"
  )
  const traces = blockTraces(database)
  return [SMALL, LARGE].map((kind) => [
    kind.layout,
    {
      knowsModels: true,
      places: (block, hash) => {
        const row = rowUpTo.get(firstKey(block), keyOf(block, hash))
        if (row === undefined) return []
        const places = placesIn(row, block, hash, kind)
        release(row.postings)
        return places
      },
      ids: traces.at
    }
  ])
}

const placesIn = (row: PostingRow, block: number, hash: number, kind: BlockKind): ReadonlyArray<number> => {
  const first = postingOf(hash, 0, kind)
  const end = first + kind.traces
  const postings = new IncreasingReader(row.postings, baseOf(block, row.key, kind))
  const places: Array<number> = []
  for (let posting = postings.next(); posting < end; posting = postings.next()) {
    if (posting >= first) places.push(posting - first)
  }
  return places
}
