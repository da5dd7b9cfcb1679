import { existsSync, renameSync, rmSync } from "node:fs"

/** What SQLite has beside a database's file. */
const COMPANIONS = ["-wal", "-shm"]

/** Of a database that was made to stand in for another, and is not in its place yet. */
const freshName = (path: string): string => `${path}.fresh`

/**
 * Puts a fresh database in the place of a damaged one, which is moved aside to `<path>.corrupt-<n>`; that name is given
 * back. `make` creates, fills and closes it. Where it cannot, for want of space, everything stays as it was and can be
 * tried again: a file that was moved aside and not spoken of would be a loss that nobody hears of.
 */
export const replaceFile = (path: string, make: (path: string) => void): string => {
  const fresh = freshName(path)
  for (const suffix of ["", ...COMPANIONS]) rmSync(fresh + suffix, { force: true })
  make(fresh)
  const movedTo = freeName(`${path}.corrupt-`)
  for (const suffix of ["", ...COMPANIONS]) {
    if (existsSync(path + suffix)) renameSync(path + suffix, movedTo + suffix)
  }
  renameSync(fresh, path)
  return movedTo
}

/** Ends a replacement that a kill left between its two halves. */
export const finishReplacing = (path: string): void => {
  if (existsSync(path) || !existsSync(freshName(path))) return
  // The old file's, which must not be read into the new one.
  for (const suffix of COMPANIONS) {
    if (existsSync(path + suffix)) renameSync(path + suffix, freeName(`${path}${suffix}.corrupt-`))
  }
  renameSync(freshName(path), path)
}

/** The first of `<prefix>1`, `<prefix>2`… that is free. */
export const freeName = (prefix: string): string => {
  let number = 1
  while (existsSync(prefix + number)) number += 1
  return prefix + number
}
