import type { DatabaseSync } from "node:sqlite"
import { query } from "../spool/query.ts"
import { HOURS_BY_SUBJECT, LEVELS, MINUTES_BY_SUBJECT } from "./RollupLevel.ts"
import { termWriter } from "./termWriter.ts"
import { idOf, SLACK } from "./traceId.ts"
import { type NamedTrace, traceNames } from "./traceNames.ts"

const ROUND = 500
const HOUR = HOURS_BY_SUBJECT.stepMs
/** 2 MiB. */
const RECLAIM_PAGES = 256

/** Gives the functions that forget; each does one round, to be called in a transaction but for `reclaim`. */
export const forgetter = (database: DatabaseSync) => {
  const old = query<NamedTrace>(
    database,
    "SELECT id, traceId FROM traces WHERE id < ? AND start < ? ORDER BY id LIMIT ?"
  )
  const oldest = query<NamedTrace>(database, "SELECT id, traceId FROM traces ORDER BY id LIMIT ?")
  const deleteTrace = query(database, "DELETE FROM traces WHERE id = ?")
  const first = query<{ id: number | null }>(database, "SELECT min(id) AS id FROM traces")
  const deletePacks = query(database, "DELETE FROM packs WHERE id < ?")
  const terms = termWriter(database)
  const names = traceNames(database)
  const count = query(database, "UPDATE account SET traces = traces - ?")
  const pages = query<{ page_count: number }>(database, "PRAGMA page_count")
  const pageSize = query<{ page_size: number }>(database, "PRAGMA page_size")
  const freePages = query<{ freelist_count: number }>(database, "PRAGMA freelist_count")
  const firstAt = query<{ at: number }>(database, "SELECT at FROM rollups WHERE level = ? ORDER BY at LIMIT 1")
  const deleteRollups = query(database, "DELETE FROM rollups WHERE level = ? AND at < ?")
  const setMinutesFrom = query(database, "UPDATE account SET minutesFrom = max(minutesFrom, ?)")

  const forget = (rows: ReadonlyArray<NamedTrace>): number => {
    if (rows.length === 0) return 0
    for (const { id } of rows) deleteTrace.run(id)
    names.forget(rows)
    count.run(rows.length)
    // What several traces share goes with the last of them.
    const kept = first.get()?.id ?? Number.MAX_SAFE_INTEGER
    deletePacks.run(kept)
    terms.forget(kept)
    names.forgetRuns(kept)
    return rows.length
  }

  const usedBytes = (): number =>
    ((pages.get()?.page_count ?? 0) - (freePages.get()?.freelist_count ?? 0)) * (pageSize.get()?.page_size ?? 0)

  return {
    usedBytes,
    before: (start: number): number => forget(old.all(idOf(start) + SLACK, start, ROUND)),
    beyond: (maxBytes: number): number => (usedBytes() > maxBytes ? forget(oldest.all(ROUND)) : 0),
    /** Minutes by subject go with the traces of their time, the other rollups at their own age. An hour of each. */
    rollups: (traces: number, others: number): void => {
      for (const { level } of LEVELS) {
        const minutes = level === MINUTES_BY_SUBJECT.level
        const first = firstAt.get(level)?.at
        if (first === undefined) continue
        const end = Math.min(
          Math.floor(first / HOUR) * HOUR + HOUR,
          Math.floor((minutes ? traces : others) / HOUR) * HOUR
        )
        if (first >= end) continue
        deleteRollups.run(level, end)
        if (minutes) setMinutesFrom.run(end)
      }
    },
    /** Gives free pages back to the file system. */
    reclaim: (): void => {
      if ((freePages.get()?.freelist_count ?? 0) > 0) database.exec(`PRAGMA incremental_vacuum(${RECLAIM_PAGES})`)
    }
  }
}
