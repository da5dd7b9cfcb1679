// Builds the dashboard into dist/dashboard when its sources are newer than what is there. Without Vite, which comes
// with the development dependencies, nothing is built: the control plane then says how to.
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"

const root = join(import.meta.dirname, "..")
const built = join(root, "dist", "dashboard", "index.html")
const vite = join(root, "node_modules", "vite", "bin", "vite.js")

const newest = (path) =>
  statSync(path).isDirectory()
    ? Math.max(...readdirSync(path).map((name) => newest(join(path, name))))
    : statSync(path).mtimeMs

const isFresh = () => existsSync(built) && statSync(built).mtimeMs >= newest(join(root, "src", "dashboard"))

if (existsSync(vite) && !isFresh()) {
  const { status } = spawnSync(
    process.execPath,
    [vite, "build", "--config", join(root, "src", "dashboard", "vite.config.ts"), "--logLevel", "warn"],
    { cwd: root, stdio: "inherit" }
  )
  if (status !== 0) process.exit(status ?? 1)
}
