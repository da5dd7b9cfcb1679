import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"

/**
 * Where `search` finds nothing, and this is root on a machine of Debian's family, the package is installed and searched
 * for again; undefined everywhere else.
 */
export const debianPackage = (name: string, search: () => string | undefined): string | undefined => {
  const found = search()
  if (found !== undefined || process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) return found
  const apt = (...words: ReadonlyArray<string>) =>
    spawnSync("apt-get", ["-y", "-o", "DPkg::Lock::Timeout=120", ...words], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      stdio: "ignore"
    })
  // Several test files may want it at the same time: whoever does not get it finds what another got.
  for (let tries = 0; tries < 5; tries++) {
    apt("install", "--no-install-recommends", name)
    const installed = search()
    if (installed !== undefined) return installed
    apt("update")
  }
  return undefined
}
