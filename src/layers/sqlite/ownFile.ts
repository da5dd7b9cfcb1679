import { closeSync, existsSync, openSync } from "node:fs"

/**
 * Makes a database's file where it is missing, for its owner alone to read, whatever the umask says. SQLite gives its
 * mode to the files that it puts beside it.
 */
export const makeOwnFile = (path: string): void => {
  if (!existsSync(path)) closeSync(openSync(path, "a", 0o600))
}
