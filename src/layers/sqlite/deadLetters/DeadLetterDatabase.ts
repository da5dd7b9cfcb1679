import { existsSync, mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { makeOwnFile } from "../ownFile.ts"
import { query } from "../spool/query.ts"
import { finishReplacing, replaceFile } from "../spool/replaceFile.ts"
import { isCorrupt } from "../spool/sqliteError.ts"
import { salvageWal } from "../spool/walSalvage.ts"
import { migrate } from "./deadLetterSchema.ts"

const PAGE_SIZE = 4096
const WAL_LIMIT = 4 * 1024 * 1024

/**
 * Milliseconds to wait for another process that writes. The exporter's thread stands still meanwhile, and tries again;
 * a person at a terminal can wait.
 */
const EXPORTER_WAIT = 100
const VISITOR_WAIT = 5000

export interface DeadLetterDatabase {
  readonly database: DatabaseSync
  /** Where a damaged predecessor lies. */
  readonly movedTo?: string
}

export const deadLetterFile = (directory: string): string => join(directory, "dead-letters.db")

/**
 * Of the write-ahead log of a directory's dead letters, the transactions behind the first byte that changed, which the
 * next who opens it cuts off. Somebody else may have the file open, so that it cannot be mended as the spool's is.
 */
export const lostCommits = (directory: string): number => {
  const wal = `${deadLetterFile(directory)}-wal`
  return existsSync(wal) ? (salvageWal(readFileSync(wal), PAGE_SIZE)?.lostCommits ?? 0) : 0
}

/** Opens or creates a directory's dead letters. A damaged file is moved aside and a fresh one started. */
export const openDeadLetters = (directory: string): DeadLetterDatabase => {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const path = deadLetterFile(directory)
  finishReplacing(path)
  try {
    return { database: open(path, EXPORTER_WAIT) }
  } catch (error) {
    if (!isCorrupt(error)) throw error
    return replaceDeadLetters(directory)
  }
}

export const replaceDeadLetters = (directory: string): DeadLetterDatabase => {
  const path = deadLetterFile(directory)
  const movedTo = replaceFile(path, (fresh) => open(fresh, EXPORTER_WAIT).close())
  return { database: open(path, EXPORTER_WAIT), movedTo }
}

/** Opens the dead letters that an exporter made. Neither creates nor repairs: the file is the exporter's. */
export const visitDeadLetters = (directory: string): DatabaseSync => {
  const path = deadLetterFile(directory)
  if (!existsSync(path)) throw new Error(`there is no ${path}. Has the program run on this directory?`)
  return open(path, VISITOR_WAIT)
}

// Every commit reaches the disk: the spool's acknowledgement that follows it must not outlive it in a power cut.
const open = (path: string, timeout: number): DatabaseSync => {
  makeOwnFile(path)
  const database = new DatabaseSync(path, { timeout })
  try {
    database.exec(`
      PRAGMA page_size = ${PAGE_SIZE};
      PRAGMA auto_vacuum = INCREMENTAL;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA journal_size_limit = ${WAL_LIMIT};
    `)
    migrate(database)
    probe(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

// The whole file is not checked, since that takes its time; damage further in shows when it is met.
const probe = (database: DatabaseSync): void => {
  query(database, "SELECT destination FROM accounts").all()
  query(database, "SELECT min(id) FROM letters UNION ALL SELECT max(id) FROM letters").all()
}
