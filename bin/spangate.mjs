#!/usr/bin/env node
// Plain JavaScript, since it may run on an old Node: there the one that scripts/ensure-node.mjs fetched takes over.
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"

const NEEDED_MAJOR = 24

const at = (path) => fileURLToPath(new URL(path, import.meta.url))

if (Number.parseInt(process.versions.node, 10) >= NEEDED_MAJOR) {
  await import("../src/programs/cli.ts")
} else {
  const fetched = at(`../node_modules/.bin/${process.platform === "win32" ? "node.exe" : "node"}`)
  if (!existsSync(fetched)) {
    process.stderr.write(`spangate needs Node ${NEEDED_MAJOR} or newer; this is ${process.versions.node}\n`)
    process.exit(1)
  }
  const { status } = spawnSync(fetched, [at("../src/programs/cli.ts"), ...process.argv.slice(2)], { stdio: "inherit" })
  process.exit(status ?? 1)
}
