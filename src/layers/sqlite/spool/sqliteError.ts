import * as Predicate from "effect/Predicate"

const SQLITE_BUSY = 5
const SQLITE_CORRUPT = 11
const SQLITE_NOTADB = 26

/** The primary result code of an error of node:sqlite, `undefined` for any other. */
const resultCode = (error: unknown): number | undefined =>
  Predicate.hasProperty(error, "errcode") && Predicate.isNumber(error.errcode) ? error.errcode & 0xff : undefined

/** The file's content is damaged, or was never a database. */
export const isCorrupt = (error: unknown): boolean => {
  const code = resultCode(error)
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB
}

/** Another connection holds the lock. */
export const isBusy = (error: unknown): boolean => resultCode(error) === SQLITE_BUSY
