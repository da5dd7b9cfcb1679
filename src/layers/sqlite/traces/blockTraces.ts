import type { DatabaseSync } from "node:sqlite"
import { query } from "../spool/query.ts"
import { encodeIncreasing, numbersAt } from "./increasing.ts"
import { isWithin, SIZES, type SizeRange } from "./sizeClass.ts"
import { LARGE } from "./termBlock.ts"

/** Places of a row: less than a page, and most of a block's rows need not be read. */
const CHUNK = 256
const CHUNKS = LARGE.traces / CHUNK

/** The traces of a block, by place, in the order of their ids. */
export interface BlockTraces {
  readonly ids: ReadonlyArray<number>
  /** sizeClass.ts */
  readonly sizes: Uint8Array
}

interface ChunkRow {
  readonly key: number
  readonly ids: Uint8Array
  readonly sizes: Uint8Array
}

/** Gives the functions that keep which traces are in a block. */
export const blockTraces = (database: DatabaseSync) => {
  const insert = query(database, "INSERT OR REPLACE INTO blockTraces VALUES (?, ?, ?)")
  const chunk = query<ChunkRow>(database, "SELECT key, ids, sizes FROM blockTraces WHERE key = ?")
  const chunks = query<ChunkRow>(
    database,
    "SELECT key, ids, sizes FROM blockTraces WHERE key >= ? AND key < ? ORDER BY key"
  )
  const remove = query(database, "DELETE FROM blockTraces WHERE key >= ? AND key < ?")

  return {
    add: (block: number, { ids, sizes }: BlockTraces): void => {
      for (let at = 0; at < ids.length; at += CHUNK) {
        const end = at + CHUNK
        insert.run(
          block * CHUNKS + at / CHUNK,
          encodeIncreasing(ids.slice(at, end)),
          sizes.slice(SIZES * at, SIZES * end)
        )
      }
    },
    /** Ids of those at some places, in order, whose sizes are in all of the ranges. */
    at: (block: number, places: ReadonlyArray<number>, ranges: ReadonlyArray<SizeRange>): ReadonlyArray<number> => {
      const found: Array<number> = []
      for (let next = 0; next < places.length; ) {
        const first = CHUNK * Math.floor((places[next] ?? 0) / CHUNK)
        const row = chunk.get(block * CHUNKS + first / CHUNK)
        const fitting: Array<number> = []
        for (; next < places.length && (places[next] ?? 0) < first + CHUNK; next++) {
          const place = (places[next] ?? 0) - first
          if (row !== undefined && isWithin(row.sizes, place, ranges)) fitting.push(place)
        }
        if (row !== undefined && fitting.length > 0) found.push(...numbersAt(row.ids, fitting))
      }
      return found
    },
    all: (block: number): BlockTraces => {
      const ids: Array<number> = []
      const sizes: Array<number> = []
      for (const row of chunks.all(block * CHUNKS, (block + 1) * CHUNKS)) {
        const places = Array.from({ length: row.sizes.length / SIZES }, (_, place) => place)
        ids.push(...numbersAt(row.ids, places))
        sizes.push(...row.sizes)
      }
      return { ids, sizes: Uint8Array.from(sizes) }
    },
    remove: (block: number): void => {
      remove.run(block * CHUNKS, (block + 1) * CHUNKS)
    }
  }
}
