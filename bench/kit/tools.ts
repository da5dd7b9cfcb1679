import { spawnSync } from "node:child_process"
import { mkdirSync, statSync } from "node:fs"
import { join } from "node:path"

const PACKAGES = { wrk: "wrk", nginx: "nginx", gcc: "gcc", taskset: "util-linux", "nats-server": "nats-server" }

export type Tool = keyof typeof PACKAGES

/** What is fetched or built once and kept. Not under version control. */
export const CACHE = join(import.meta.dirname, "../.cache")

/** Debian keeps servers where only root looks. */
process.env["PATH"] = `${process.env["PATH"]}:/usr/sbin:/sbin`

/** Those that this machine lacks. */
export const missing = (tools: ReadonlyArray<Tool>): ReadonlyArray<Tool> =>
  tools.filter((tool) => spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0)

export const howToInstall = (tools: ReadonlyArray<Tool>): string =>
  `apt-get install -y ${tools.map((tool) => PACKAGES[tool]).join(" ")}`

/** Runs to its end; throws with the command's own words when it fails. */
export const run = (command: string, args: ReadonlyArray<string>, cwd?: string): void => {
  const { error, status, stderr, stdout } = spawnSync(command, args, { cwd, encoding: "utf8", timeout: 120_000 })
  if (error !== undefined) throw new Error(`${command}: ${error.message}`)
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}: ${stderr || stdout}`)
}

/** The program built from `bench/tools/<name>.c`. */
export const built = (name: "load" | "sse-provider"): string => {
  const source = join(import.meta.dirname, "../tools", `${name}.c`)
  const program = join(CACHE, name)
  const age = statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (age < statSync(source).mtimeMs) {
    mkdirSync(CACHE, { recursive: true })
    run("gcc", ["-O2", "-Wall", "-o", program, source])
  }
  return program
}
