import { copyFileSync, existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { query } from "./query.ts"
import { salvageWal } from "./walSalvage.ts"

/** What became of a spool whose write-ahead log was damaged. */
export interface Mended {
  /** A copy of the log as it was found. */
  readonly keptAs: string
  /** Transactions behind the damage. */
  readonly commits: number
  /** Spans captured by the end of the log, where it could not be mended and ends before the damage. */
  readonly capturedBefore?: number
}

/**
 * Mends the write-ahead log of a database that nobody has open, before SQLite cuts it off at the first byte that
 * changed. The mended log must make a sound database; where it does not, the log is left to be cut.
 */
export const mendLog = (path: string, pageSize: number, freeName: (prefix: string) => string): Mended | undefined => {
  const wal = `${path}-wal`
  const salvage = existsSync(wal) ? salvageWal(readFileSync(wal), pageSize) : undefined
  if (salvage === undefined) return undefined
  const keptAs = freeName(`${wal}.corrupt-`)
  copyFileSync(wal, keptAs)
  const trial = `${path}.trial`
  const clear = () => {
    for (const suffix of ["", "-wal", "-shm"]) rmSync(trial + suffix, { force: true })
  }
  clear()
  try {
    // A second name for the same file, which a reader leaves as it is, with the log beside it that it would have.
    linkSync(path, trial)
    writeFileSync(`${trial}-wal`, salvage.mended)
    const { captured, sound } = examine(trial)
    if (sound) renameSync(`${trial}-wal`, wal)
    return { keptAs, commits: salvage.lostCommits, ...(sound ? {} : { capturedBefore: captured }) }
  } finally {
    clear()
  }
}

const examine = (path: string): { readonly sound: boolean; readonly captured: number } => {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const captured = query<{ captured: number }>(database, "SELECT captured FROM log WHERE id = 1").get()?.captured ?? 0
    const [check] = query<{ quick_check: string }>(database, "PRAGMA quick_check(1)").all()
    return { captured, sound: check?.quick_check === "ok" }
  } catch {
    return { captured: 0, sound: false }
  } finally {
    database.close()
  }
}
