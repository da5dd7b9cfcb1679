import * as Predicate from "effect/Predicate"

const SQLITE_BUSY = 5
const SQLITE_CORRUPT = 11
const SQLITE_NOTADB = 26
/** A page that should be there lies behind the end of the file. */
const SQLITE_IOERR_SHORT_READ = 522

/** The result code of an error of node:sqlite, with what SQLite knows beyond its kind; `undefined` for any other error. */
const extendedCode = (error: unknown): number | undefined =>
  Predicate.hasProperty(error, "errcode") && Predicate.isNumber(error.errcode) ? error.errcode : undefined

/** Its kind. */
const resultCode = (error: unknown): number | undefined => {
  const code = extendedCode(error)
  return code === undefined ? undefined : code & 0xff
}

/** The file's content is damaged or cut off, or was never a database. */
export const isCorrupt = (error: unknown): boolean => {
  const code = resultCode(error)
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB || extendedCode(error) === SQLITE_IOERR_SHORT_READ
}

/** Another connection holds the lock. */
export const isBusy = (error: unknown): boolean => resultCode(error) === SQLITE_BUSY
