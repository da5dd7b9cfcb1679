import { mkdirSync } from "node:fs"
import { dirname } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { LatencySketch } from "../../../services/store/LatencySketch.ts"
import { makeOwnFile } from "../ownFile.ts"
import { query } from "../spool/query.ts"
import { finishReplacing, replaceFile } from "../spool/replaceFile.ts"
import { isCorrupt } from "../spool/sqliteError.ts"
import { assertKnown, migrate } from "./traceSchema.ts"

/** What comes at random, names above all, costs a whole page each. */
const PAGE_SIZE = 4096
const CACHE_KIB = 8 * 1024
/** 8 MiB. More would be written less often, and less in all, but a commit that does it would hold the thread for long. */
const CHECKPOINT_PAGES = 2048
const WAL_LIMIT = 32 * 1024 * 1024
/** Milliseconds to wait for another connection's lock: the thread stands still meanwhile, and the call can be repeated. */
const PATIENCE = 250

export interface TraceDatabase {
  readonly database: DatabaseSync
  /** Where a damaged predecessor lies. */
  readonly movedTo?: string
}

/** Opens or creates the traces of a file. A damaged one is moved aside and a fresh one started. */
export const openTraces = (file: string): TraceDatabase => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  finishReplacing(file)
  try {
    return { database: open(file) }
  } catch (error) {
    if (!isCorrupt(error)) throw error
    return replaceTraces(file)
  }
}

/** Moves a damaged file aside and starts a fresh one. */
export const replaceTraces = (file: string): TraceDatabase => {
  const movedTo = replaceFile(file, (fresh) => open(fresh).close())
  return { database: open(file), movedTo }
}

/** Opens what another process writes, to read it. */
export const readTraces = (file: string): TraceDatabase =>
  closedOnError(new DatabaseSync(file, { readOnly: true, timeout: PATIENCE }), (database) => {
    database.exec(`PRAGMA cache_size = -${CACHE_KIB}`)
    assertKnown(database)
    probe(database)
  })

const open = (file: string): DatabaseSync => {
  makeOwnFile(file)
  return closedOnError(new DatabaseSync(file, { timeout: PATIENCE }), (database) => {
    database.exec(`
      PRAGMA page_size = ${PAGE_SIZE};
      PRAGMA auto_vacuum = INCREMENTAL;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA cache_size = -${CACHE_KIB};
      PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
      PRAGMA journal_size_limit = ${WAL_LIMIT};
    `)
    migrate(database)
    probe(database)
  }).database
}

const closedOnError = (database: DatabaseSync, prepare: (database: DatabaseSync) => void): TraceDatabase => {
  try {
    prepare(database)
    database.function("merge_sketches", { deterministic: true }, mergeSketches)
    return { database }
  } catch (error) {
    database.close()
    throw error
  }
}

const mergeSketches = (one: unknown, other: unknown): Uint8Array => {
  const sketch = new LatencySketch()
  for (const bytes of [one, other]) if (bytes instanceof Uint8Array) sketch.merge(bytes)
  return sketch.toBytes()
}

// The whole file is not checked, since that takes its time; damage further in shows when it is met.
const probe = (database: DatabaseSync): void => {
  query(database, "SELECT traces FROM account").all()
  query(database, "SELECT min(id) FROM traces UNION ALL SELECT max(id) FROM traces").all()
  query(database, "SELECT min(id) FROM packs UNION ALL SELECT max(id) FROM packs").all()
  query(database, "SELECT min(id) FROM freshTerms UNION ALL SELECT max(key) FROM termPostings").all()
  query(database, "SELECT min(name) FROM traceNames UNION ALL SELECT max(run) FROM nameRuns").all()
}
