import type { DatabaseSync } from "node:sqlite"
import { query } from "../spool/query.ts"
import { blockTraces } from "./blockTraces.ts"
import { olderKeys } from "./olderBlock.ts"
import { firstKey } from "./termBlock.ts"

/** Gives the function that removes a block; to be called in a transaction. */
export const blockRemover = (database: DatabaseSync) => {
  const deleteBlock = query(database, "DELETE FROM termBlocks WHERE block = ?")
  const deletePostings = query(database, "DELETE FROM termPostings WHERE key >= ? AND key < ?")
  const deleteOlderSizes = query(database, "DELETE FROM termSizes WHERE block = ?")
  const traces = blockTraces(database)

  return (block: number, layout: number): void => {
    const [first, end] = olderKeys(block, layout) ?? [firstKey(block), firstKey(block + 1)]
    deletePostings.run(first, end)
    deleteOlderSizes.run(block)
    traces.remove(block)
    deleteBlock.run(block)
  }
}
