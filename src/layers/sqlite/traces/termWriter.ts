import type { DatabaseSync } from "node:sqlite"
import { query } from "../spool/query.ts"
import { blockMerge } from "./blockMerge.ts"
import { blockRemover } from "./blockRemover.ts"
import { freshFold } from "./freshFold.ts"
import { bytesOf } from "./storedNumbers.ts"

/** Gives the functions that keep terms; each is to be called in a transaction. */
export const termWriter = (database: DatabaseSync) => {
  const insertFresh = query(database, "INSERT INTO freshTerms VALUES (?, ?)")
  const deleteFreshBefore = query(database, "DELETE FROM freshTerms WHERE id < ?")
  const blocksBefore = query<{ block: number; layout: number }>(
    database,
    "SELECT block, layout FROM termBlocks WHERE last < ?"
  )
  const foldFresh = freshFold(database)
  const mergeBlocks = blockMerge(database)
  const removeBlock = blockRemover(database)

  return {
    add: (id: number, hashes: Int32Array): void => {
      if (hashes.length > 0) insertFresh.run(id, bytesOf(hashes))
    },
    /** Makes of many what is quicker to find; each step is a transaction of its own. */
    *fold(): Generator<void, void> {
      yield* foldFresh()
      yield* mergeBlocks()
    },
    /** Forgets the terms of traces before this one. */
    forget: (id: number): void => {
      deleteFreshBefore.run(id)
      for (const { block, layout } of blocksBefore.all(id)) removeBlock(block, layout)
    }
  }
}
