import type { DatabaseSync } from "node:sqlite"
import { release } from "../../system/release.ts"
import { query } from "../spool/query.ts"
import { type BlockTraces, blockTraces } from "./blockTraces.ts"
import { PostingRows } from "./PostingRows.ts"
import { type BlockKind, firstKey, type TermCursor } from "./termBlock.ts"

/** Rows written in one step. */
const STEP_ROWS = 256

/** Gives the function that writes a block, in steps that are a transaction each. */
export const blockWriter = (database: DatabaseSync) => {
  const next = query<{ block: number }>(database, "SELECT ifnull(max(block), 0) + 1 AS block FROM termBlocks")
  const insert = query(
    database,
    "INSERT INTO termBlocks (block, first, last, ids, layout) VALUES (?, ?, ?, zeroblob(0), ?)"
  )
  const insertPostings = query(database, "INSERT INTO termPostings VALUES (?, ?)")
  const deletePostings = query(database, "DELETE FROM termPostings WHERE key >= ?")
  const traces = blockTraces(database)

  /** The block is there with the last step: what was written of one that was given up is removed by the next. */
  return function* (kind: BlockKind, of: BlockTraces, terms: TermCursor): Generator<void, void> {
    const block = next.get()?.block ?? 1
    deletePostings.run(firstKey(block))
    const rows = new PostingRows(block, kind, (key, postings) => {
      insertPostings.run(key, postings)
      release(postings)
    })
    let step = STEP_ROWS
    while (terms.next()) {
      rows.add(terms)
      if (rows.written < step) continue
      step += STEP_ROWS
      yield
    }
    rows.end()
    traces.add(block, of)
    insert.run(block, of.ids[0] ?? 0, of.ids.at(-1) ?? 0, kind.layout)
  }
}
