import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { readdirSync, readFileSync } from "node:fs"

/** Core of what is measured. */
export const SUBJECT_CORE = 0
/** Core of all that measures: generator, provider, destination, this process. */
export const TOOLS_CORE = 1

const READY_PATIENCE_MS = 30_000
const KEPT_OUTPUT = 4000

const live = new Set<ChildProcess>()

process.on("exit", () => {
  for (const child of live) child.kill("SIGKILL")
})
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130))

/** Keeps this process, and whatever it starts without a core of its own, off the core of what is measured. */
export const pinSelf = (): void => {
  spawnSync("taskset", ["-a", "-p", "-c", String(TOOLS_CORE), String(process.pid)])
}

export interface ChildOptions {
  readonly name: string
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly core: number
  readonly env?: Readonly<Record<string, string>>
  /** The line of its output that says it serves; without one it counts as ready at once. */
  readonly ready?: RegExp
  /** How long to wait for it: 30 s. */
  readonly patienceMs?: number
}

/** A program pinned to a core, killed when it is disposed of, and at the latest when this process ends. */
export class Child implements AsyncDisposable {
  readonly name: string
  readonly pid: number
  /** What `ready` matched, with its groups. */
  readonly match: ReadonlyArray<string>
  readonly #process: ChildProcess

  private constructor(name: string, process: ChildProcess, match: ReadonlyArray<string>) {
    this.name = name
    this.pid = process.pid!
    this.match = match
    this.#process = process
  }

  static async start({
    name,
    command,
    args,
    core,
    env,
    ready,
    patienceMs = READY_PATIENCE_MS
  }: ChildOptions): Promise<Child> {
    const child = spawn("taskset", ["-c", String(core), command, ...args], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"]
    })
    live.add(child)
    child.once("exit", () => live.delete(child))
    let output = ""
    const match = await new Promise<ReadonlyArray<string>>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${name} did not say that it serves: ${output}`)), patienceMs)
      const settle = (act: () => void) => {
        clearTimeout(timer)
        act()
      }
      const onOutput = (chunk: Buffer) => {
        output = (output + chunk).slice(-KEPT_OUTPUT)
        const found = ready === undefined ? null : output.match(ready)
        if (found !== null) settle(() => resolve(found))
      }
      // Both are read to the end of the child: a full pipe would stop it.
      child.stdout.on("data", onOutput)
      child.stderr.on("data", onOutput)
      child.once("error", (error) => settle(() => reject(error)))
      child.once("exit", (code, signal) =>
        settle(() => reject(new Error(`${name} ended with ${code ?? signal}: ${output}`)))
      )
      if (ready === undefined) child.once("spawn", () => settle(() => resolve([])))
    }).catch((error) => {
      child.kill("SIGKILL")
      throw error
    })
    return new Child(name, child, match)
  }

  /** Moves its threads whose name begins like this to another core. */
  moveThreads(names: ReadonlyArray<string>, core: number): number {
    return threads(this.pid).filter(({ id, name }) => {
      if (!names.some((start) => name.startsWith(start))) return false
      return spawnSync("taskset", ["-p", "-c", String(core), id]).status === 0
    }).length
  }

  /** Tells it to stop, and waits until it has; gives its exit code. */
  async stop(): Promise<number | null> {
    if (!live.has(this.#process)) return this.#process.exitCode
    const ended = once(this.#process, "exit")
    this.#process.kill("SIGTERM")
    const [code] = await ended
    return code
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!live.has(this.#process)) return
    const ended = once(this.#process, "exit")
    this.#process.kill("SIGKILL")
    await ended
  }
}

const threads = (pid: number) =>
  readdirSync(`/proc/${pid}/task`).map((id) => ({
    id,
    name: readFileSync(`/proc/${pid}/task/${id}/comm`, "utf8").trim()
  }))
