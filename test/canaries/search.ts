import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert } from "@effect/vitest"

/** Bytes or text that a word may turn up in. */
export type Haystack = string | Buffer

/** Words that are there, by the name they go under. */
export const found = (haystack: Haystack, words: Iterable<readonly [name: string, word: string]>): Array<string> =>
  [...words].filter(([, word]) => haystack.includes(word)).map(([name]) => name)

export const assertNone = (where: string, haystack: Haystack, words: Iterable<readonly [string, string]>): void => {
  assert.isAbove(haystack.length, 0, `${where} is not empty`)
  assert.deepStrictEqual(found(haystack, words), [], `found in ${where}`)
}

/** So that a search that finds nothing would be one that could have. */
export const assertAll = (where: string, haystack: Haystack, words: Iterable<readonly [string, string]>): void => {
  const list = [...words]
  assert.sameMembers(
    found(haystack, list),
    list.map(([name]) => name),
    `to be found in ${where}`
  )
}

interface Stored {
  readonly path: string
  readonly bytes: Buffer
}

const filesBelow = (directory: string): ReadonlyArray<Stored> =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, bytes: readFileSync(path) }))

/** A database puts a long value on several pages, and a page's end may stand in the midst of a word. */
const valuesOf = (path: string): Buffer => {
  const database = new DatabaseSync(path)
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all()
  const rows = tables.flatMap(({ name }) => database.prepare(`SELECT * FROM "${name}"`).all())
  database.close()
  return Buffer.concat(
    rows
      .flatMap((row) => Object.values(row))
      .map((value) => Buffer.from(value instanceof Uint8Array ? value : String(value)))
  )
}

/** All that lies below a directory in files whose path fits: their bytes, pages that are free again too, and their values. */
export const storedBelow = (directory: string, fits: RegExp = /./): Buffer => {
  const files = filesBelow(directory).filter(({ path }) => fits.test(path))
  const databases = files.filter(({ bytes }) => bytes.toString("latin1", 0, 15) === "SQLite format 3")
  return Buffer.concat([...files.map(({ bytes }) => bytes), ...databases.map(({ path }) => valuesOf(path))])
}
