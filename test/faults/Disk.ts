import { DatabaseSync } from "node:sqlite"

/** More pages than any file has. */
const NO_LIMIT = 4_294_967_294

const FULL = 1

/** A disk that can be full: no database in these directories can grow. */
export interface Disk {
  readonly full: (full: boolean) => void
}

// node:sqlite gives no hand on a connection that another module opened, so each is noted at its first statement.
const connections = new Set<DatabaseSync>()
const listeners = new Set<(database: DatabaseSync) => void>()
const exec = DatabaseSync.prototype.exec
DatabaseSync.prototype.exec = function (sql) {
  exec.call(this, sql)
  if (connections.has(this)) return
  connections.add(this)
  for (const listener of listeners) listener(this)
}

const limit = (database: DatabaseSync, pages: number): void => {
  // A limit below what the file has is a limit of what it has.
  if (database.isOpen && !database.isTransaction) exec.call(database, `PRAGMA max_page_count = ${pages}`)
}

/** The disk under everything in `directory`; `close` forgets it. */
export const diskUnder = (directory: string): Disk & { readonly close: () => void } => {
  let isFull = false
  const isHere = (database: DatabaseSync) => database.isOpen && (database.location() ?? "").startsWith(directory)
  const onOpened = (database: DatabaseSync) => {
    if (isFull && isHere(database)) limit(database, FULL)
  }
  listeners.add(onOpened)
  return {
    full: (full) => {
      isFull = full
      for (const database of connections) if (isHere(database)) limit(database, full ? FULL : NO_LIMIT)
    },
    close: () => {
      listeners.delete(onOpened)
      for (const database of connections) if (!database.isOpen) connections.delete(database)
    }
  }
}
