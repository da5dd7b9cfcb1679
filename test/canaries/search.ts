import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert } from "@effect/vitest"

/** Bytes or text that a word may turn up in. */
export type Haystack = string | Buffer

/** Words that are there, by the name they go under. */
export const found = (
  haystack: Haystack,
  words: Iterable<readonly [name: string, word: string]>
): ReadonlyArray<string> => [...words].filter(([, word]) => haystack.includes(word)).map(([name]) => name)

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

/** The content of every file below a directory whose path fits. */
export const filesBelow = (directory: string, fits: RegExp = /./): Buffer =>
  Buffer.concat(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }))
      .filter(({ entry, path }) => entry.isFile() && fits.test(path))
      .map(({ path }) => readFileSync(path))
  )
