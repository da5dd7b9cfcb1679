import { accessSync, constants, readdirSync, readFileSync } from "node:fs"
import { delimiter, join } from "node:path"
import { debianPackage } from "./debianPackage.ts"

/** Debian puts each version's programs into a directory of its own, beside the PATH. */
const DEBIAN = "/usr/lib/postgresql"

const debianDirectories = (): ReadonlyArray<string> => {
  try {
    return readdirSync(DEBIAN)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(DEBIAN, version, "bin"))
  } catch {
    return []
  }
}

const hasPrograms = (directory: string): boolean => {
  try {
    for (const program of ["initdb", "postgres"]) accessSync(join(directory, program), constants.X_OK)
    return true
  } catch {
    return false
  }
}

const search = (): string | undefined =>
  [...debianDirectories(), ...(process.env["PATH"] ?? "").split(delimiter)].find(hasPrograms)

/**
 * The directory of `initdb` and `postgres`: `POSTGRES_BIN`, Debian's newest, or one of the PATH. Where there is none, and
 * this is root on a machine of Debian's family, the package is installed; everywhere else the tests fail with how to get it.
 */
export const postgresPrograms = (): string => {
  const named = process.env["POSTGRES_BIN"]
  if (named !== undefined && named !== "") {
    if (hasPrograms(named)) return named
    throw new Error(`POSTGRES_BIN names ${named}, which has no initdb and postgres`)
  }
  const found = debianPackage("postgresql", search)
  if (found !== undefined) return found
  throw new Error(
    "These tests need PostgreSQL 13 or newer: put initdb and postgres on the PATH or their directory into POSTGRES_BIN (https://www.postgresql.org/download/)"
  )
}

/** Who may run a server: this user, but not root, whom PostgreSQL refuses; then Debian's own user, or nobody. */
export const postgresUser = (): { readonly uid: number; readonly gid: number } | undefined => {
  if (process.getuid?.() !== 0) return undefined
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"))
  const user = users.find(([name]) => name === "postgres") ?? users.find(([name]) => name === "nobody")
  return { uid: Number(user?.[2] ?? 65534), gid: Number(user?.[3] ?? 65534) }
}
