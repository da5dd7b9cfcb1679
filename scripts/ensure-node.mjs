// npm puts node_modules/.bin first on the PATH of its scripts. Where the system's Node is older than
// package.json's `engines` asks, this fetches the platform's Node from the npm registry and links it there,
// so that `npm ci && npm start` works on a machine that only has Node 20. Plain JavaScript: it runs on the old Node.
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const NEEDED_MAJOR = 24
const FETCHED_VERSION = "26.10.0"

const modules = join(dirname(fileURLToPath(import.meta.url)), "..", "node_modules")
const home = join(modules, ".node-runtime")
const windows = process.platform === "win32"
const platformPackage = `node-${windows ? "win" : process.platform}-${process.arch}`
const binary = join(home, "node_modules", platformPackage, "bin", windows ? "node.exe" : "node")
const link = join(modules, ".bin", windows ? "node.exe" : "node")

if (Number.parseInt(process.versions.node, 10) < NEEDED_MAJOR && existsSync(modules) && !existsSync(link)) {
  if (!existsSync(binary)) {
    console.log(
      `spangate needs Node ${NEEDED_MAJOR} or newer and this is ${process.versions.node}: fetching Node ${FETCHED_VERSION} into node_modules`
    )
    mkdirSync(home, { recursive: true })
    writeFileSync(join(home, "package.json"), JSON.stringify({ name: "spangate-node-runtime", private: true }))
    execFileSync(
      windows ? "npm.cmd" : "npm",
      [
        "install",
        "--prefix",
        home,
        "--no-save",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        `${platformPackage}@${FETCHED_VERSION}`
      ],
      { stdio: "inherit", env: { ...process.env, npm_config_global: "" }, shell: windows }
    )
  }
  mkdirSync(dirname(link), { recursive: true })
  rmSync(link, { force: true })
  symlinkSync(binary, link)
}
