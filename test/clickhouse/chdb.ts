import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { homedir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const VERSION = "3.4.0"

const PLATFORMS = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"]

const repository = join(dirname(fileURLToPath(import.meta.url)), "..", "..")

const userCache = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "spangate", `chdb-${VERSION}`)
const ownCache = join(repository, "node_modules", ".cache", `spangate-chdb-${VERSION}`)

const modulesOf = (home: string) => join(home, "node_modules")
const isThere = (home: string) => existsSync(join(modulesOf(home), "chdb", "package.json"))

/**
 * The `node_modules` in which ClickHouse's engine lies: npm's `chdb`, fetched once for all clones of this user, since
 * it takes 180 MB to fetch and a lock file that names it cannot be installed on the platforms that it has no binary for.
 */
export const chdbModules = (): string => {
  const found = [userCache, ownCache].find(isThere)
  if (found !== undefined) return modulesOf(found)
  const platform = `${process.platform}-${process.arch}`
  if (!PLATFORMS.includes(platform)) {
    throw new Error(
      `ClickHouse's tests need its engine (npm's chdb ${VERSION}), which exists for ${PLATFORMS.join(", ")} with glibc, and this is ${platform}`
    )
  }
  try {
    return modulesOf(fetchInto(userCache))
  } catch {
    // A home that cannot be written.
    return modulesOf(fetchInto(ownCache))
  }
}

// Several test processes may begin at once: each fetches beside the place, and the first to be done takes it.
const fetchInto = (home: string): string => {
  const beside = `${home}.${process.pid}`
  mkdirSync(beside, { recursive: true })
  try {
    writeFileSync(join(beside, "package.json"), JSON.stringify({ name: "spangate-chdb", private: true }))
    execFileSync(
      "npm",
      ["install", "--prefix", beside, "--no-audit", "--no-fund", "--ignore-scripts", `chdb@${VERSION}`],
      { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, npm_config_global: "" } }
    )
    if (!isThere(home)) renameSync(beside, home)
    return home
  } catch (error) {
    if (isThere(home)) return home
    throw error
  } finally {
    rmSync(beside, { recursive: true, force: true })
  }
}
