import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { makeOwnFile } from "../ownFile.ts"
import { type Mended, mendLog } from "./mendLog.ts"
import { query } from "./query.ts"
import { finishReplacing, freeName, replaceFile } from "./replaceFile.ts"
import { carryOver, readLedgers } from "./salvage.ts"
import { migrate } from "./spoolSchema.ts"
import { isCorrupt } from "./sqliteError.ts"

/**
 * `normal`: what was published survives the process, however it ends, and the file survives a power cut, which may
 * take the last moments with it. `full`: nothing is lost to a power cut either, for an fsync per commit.
 */
export type Synchronous = "normal" | "full"

const PAGE_SIZE = 16_384
/** A checkpoint falls into some commit every 4 MiB: often and short rather than seldom and long. */
const CHECKPOINT_PAGES = 256
const WAL_LIMIT = 16 * 1024 * 1024

/** A spool's file, open. `movedTo` says where a damaged predecessor lies. */
export interface SpoolDatabase {
  readonly database: DatabaseSync
  readonly movedTo?: string
}

const fileOf = (directory: string): string => join(directory, "spool.db")

/** Mends the files of a directory's spool, before it is opened, of what a kill or damage left of them. */
export const mendSpool = (directory: string): Mended | undefined => {
  const path = fileOf(directory)
  finishReplacing(path)
  return mendLog(path, PAGE_SIZE, () => freeName(`${path}-wal.corrupt-`))
}

/** Opens or creates the spool of a directory. A damaged file is moved aside and a fresh one started. */
export const openSpool = (directory: string, synchronous: Synchronous): SpoolDatabase => {
  try {
    return { database: open(fileOf(directory), synchronous) }
  } catch (error) {
    if (!isCorrupt(error)) throw error
    return replaceSpool(directory, synchronous, 0)
  }
}

/**
 * Moves the spool's file aside and starts a fresh one, whose sequence goes on after `lastSequence`. Consumers and their
 * ledgers are carried over when they can still be read; what was queued for them is dropped as `corrupt`.
 */
export const replaceSpool = (directory: string, synchronous: Synchronous, lastSequence: number): SpoolDatabase => {
  const path = fileOf(directory)
  const ledgers = readLedgers(path)
  const movedTo = replaceFile(path, (fresh) => {
    const database = open(fresh, synchronous)
    try {
      carryOver(database, ledgers, lastSequence)
    } finally {
      database.close()
    }
  })
  return { database: open(path, synchronous), movedTo }
}

const open = (path: string, synchronous: Synchronous): DatabaseSync => {
  makeOwnFile(path)
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    database.exec(`
      PRAGMA page_size = ${PAGE_SIZE};
      PRAGMA auto_vacuum = INCREMENTAL;
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = ${synchronous};
      PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
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
  query(database, "SELECT sequence FROM log WHERE id = 1").all()
  query(database, "SELECT name FROM consumers").all()
  query(database, "SELECT reason FROM dropped").all()
  query(database, "SELECT min(sequence) FROM frames UNION ALL SELECT max(sequence) FROM frames").all()
}
