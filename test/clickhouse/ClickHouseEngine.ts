import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import * as Redacted from "effect/Redacted"
import { chdbModules } from "./chdb.ts"

const program = fileURLToPath(new URL("engine.ts", import.meta.url))

/** A ClickHouse server on a port of its own, with a new data directory. */
export class ClickHouseEngine {
  readonly #directory = mkdtempSync(join(tmpdir(), "spangate-clickhouse-"))
  readonly #modules = chdbModules()
  readonly #port: number
  #process: ChildProcess | undefined
  #databases = 0

  private constructor(port: number) {
    this.#port = port
  }

  /** Resolves when it serves. The first one on a machine fetches the engine. */
  static async start(): Promise<ClickHouseEngine> {
    const engine = new ClickHouseEngine(await freePort())
    await engine.restart()
    return engine
  }

  /** Of an existing database, or of a new one. */
  url(database = `test_${++this.#databases}`): Redacted.Redacted {
    return Redacted.make(`http://127.0.0.1:${this.#port}/${database}`)
  }

  /** Its process id. */
  get pid(): number | undefined {
    return this.#process?.pid
  }

  /** Serves the same data again after `kill`. */
  async restart(): Promise<void> {
    const child = spawn(process.execPath, [program, this.#modules, this.#directory, String(this.#port)], {
      stdio: ["pipe", "pipe", "inherit"]
    })
    this.#process = child
    await new Promise<void>((resolve, reject) => {
      createInterface(child.stdout).once("line", () => resolve())
      child.once("exit", (code) => reject(new Error(`ClickHouse's engine ended with ${code}`)))
    })
  }

  /** As kill -9 does. */
  async kill(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (child === undefined) return
    const ended = once(child, "exit")
    child.kill("SIGKILL")
    await ended
  }

  /** Ends it and removes its data. */
  async stop(): Promise<void> {
    await this.kill()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  await once(server, "close")
  if (address === null || typeof address === "string") throw new Error("no port")
  return address.port
}
