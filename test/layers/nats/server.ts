import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

export interface ServerOptions {
  /** Default 8 MiB. */
  readonly maxPayload?: number
  /** Further lines of its configuration. */
  readonly more?: string
}

/** A real nats-server process with JetStream, on ports and in a directory of its own. */
export interface NatsServer {
  readonly url: string
  readonly name: string
  /** Its store, its log and its configuration. */
  readonly directory: string
  /** Of the monitoring endpoints. */
  readonly monitor: string
  readonly signal: (signal: NodeJS.Signals) => void
  /** Kills it with SIGKILL, and waits until it is gone. */
  readonly kill: Effect.Effect<void>
  /** Starts it again on the same ports and store. */
  readonly start: Effect.Effect<void>
}

const executable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const search = (): string | undefined => {
  const directories = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"]
  return directories.map((directory) => join(directory, "nats-server")).find(executable)
}

/**
 * `NATS_SERVER`, or nats-server on the PATH. Where there is none, and this is root on a machine of Debian's family, its
 * package is installed; everywhere else the tests fail with how to get it.
 */
export const natsServerBinary = (): string => {
  const named = process.env["NATS_SERVER"]
  if (named !== undefined && named !== "") {
    if (executable(named)) return named
    throw new Error(`NATS_SERVER names ${named}, which is no program`)
  }
  const found = search()
  if (found !== undefined) return found
  if (process.getuid?.() === 0 && existsSync("/etc/debian_version")) {
    const apt = (...words: ReadonlyArray<string>) =>
      spawnSync("apt-get", ["-y", "-o", "DPkg::Lock::Timeout=120", ...words], {
        env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
        stdio: "ignore"
      })
    // Several test files may want it at the same time: whoever does not get it finds what another got.
    for (let tries = 0; tries < 5; tries++) {
      apt("install", "nats-server")
      const installed = search()
      if (installed !== undefined) return installed
      apt("update")
    }
  }
  throw new Error(
    "These tests need nats-server 2.9 or newer: put it on the PATH or its path into NATS_SERVER (https://github.com/nats-io/nats-server/releases)"
  )
}

const live = new Set<ChildProcess>()
process.on("exit", () => {
  for (const child of live) child.kill("SIGKILL")
})

const freePorts = (count: number): Promise<ReadonlyArray<number>> =>
  Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<{ port: number; close: () => Promise<void> }>((resolve, reject) => {
          const server = createServer()
          server.once("error", reject)
          server.listen(0, "127.0.0.1", () => {
            const address = server.address()
            const port = address !== null && typeof address === "object" ? address.port : 0
            resolve({ port, close: () => new Promise((done) => server.close(() => done())) })
          })
        })
    )
  ).then(async (held) => {
    await Promise.all(held.map(({ close }) => close()))
    return held.map(({ port }) => port)
  })

const directory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "spangate-nats-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

interface Place {
  readonly name: string
  readonly port: number
  readonly monitorPort: number
  readonly cluster: string
}

const serverAt = (root: string, place: Place, { maxPayload = 8 * 1024 ** 2, more = "" }: ServerOptions) =>
  Effect.gen(function* () {
    const { cluster, monitorPort, name, port } = place
    const own = join(root, name)
    mkdirSync(own)
    const log = join(own, "log")
    writeFileSync(
      join(own, "conf"),
      `server_name: ${name}\nhost: 127.0.0.1\nport: ${port}\nhttp: "127.0.0.1:${monitorPort}"\nmax_payload: ${maxPayload}\n` +
        `jetstream { store_dir: ${JSON.stringify(join(own, "store"))}, max_memory_store: 64MB, max_file_store: 2GB }\n${cluster}${more}`
    )
    let child: ChildProcess | undefined

    const kill = Effect.callback<void>((resume) => {
      const dying = child
      if (dying === undefined || dying.exitCode !== null || dying.signalCode !== null) return resume(Effect.void)
      dying.once("exit", () => resume(Effect.void))
      dying.kill("SIGKILL")
    })

    const start = Effect.gen(function* () {
      const binary = natsServerBinary()
      const started = spawn(binary, ["-c", join(own, "conf"), "-l", log], { stdio: "ignore" })
      child = started
      live.add(started)
      started.once("exit", () => live.delete(started))
      yield* answers(`http://127.0.0.1:${monitorPort}/healthz?js-enabled-only=true`, started, log)
    })
    yield* Effect.acquireRelease(start, () => kill)
    const server: NatsServer = {
      url: `nats://127.0.0.1:${port}`,
      name,
      directory: own,
      monitor: `http://127.0.0.1:${monitorPort}`,
      signal: (signal) => void child?.kill(signal),
      kill,
      start
    }
    return server
  })

/** Polls, for a server says that it serves in no other way; on the wall's clock, whatever clock the test has. */
const answers = (url: string, child: ChildProcess, log: string, accept: (text: string) => boolean = () => true) =>
  Effect.promise(async () => {
    for (let tries = 0; tries < 600; tries++) {
      if (child.exitCode !== null) throw new Error(`nats-server ended: ${readFileSync(log, "utf8").slice(-2000)}`)
      const text = await fetch(url, { signal: AbortSignal.timeout(1000) }).then(
        async (answer) => (answer.ok ? await answer.text() : undefined),
        () => undefined
      )
      if (text !== undefined && accept(text)) return
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
    throw new Error(`nats-server did not serve: ${readFileSync(log, "utf8").slice(-2000)}`)
  })

/** One server, gone with the scope. */
export const natsServer = Effect.fnUntraced(function* (
  options: ServerOptions = {}
): Effect.fn.Return<NatsServer, never, Scope.Scope> {
  const root = yield* directory
  const [port = 0, monitorPort = 0] = yield* Effect.promise(() => freePorts(2))
  return yield* serverAt(root, { name: "n1", port, monitorPort, cluster: "" }, options)
})

/** Three servers of one cluster, gone with the scope; JetStream has its leader when they are given. */
export const natsCluster = Effect.fnUntraced(function* (
  options: ServerOptions = {}
): Effect.fn.Return<ReadonlyArray<NatsServer>, never, Scope.Scope> {
  const root = yield* directory
  const ports = yield* Effect.promise(() => freePorts(9))
  const routes = [0, 1, 2].map((at) => `"nats://127.0.0.1:${ports[6 + at]}"`).join(", ")
  const servers = yield* Effect.forEach(
    [0, 1, 2],
    (at) =>
      serverAt(
        root,
        {
          name: `n${at + 1}`,
          port: ports[at] ?? 0,
          monitorPort: ports[3 + at] ?? 0,
          cluster: `cluster { name: spangate, listen: "127.0.0.1:${ports[6 + at]}", routes: [${routes}] }\n`
        },
        options
      ),
    { concurrency: 3 }
  )
  yield* Effect.promise(async () => {
    for (let tries = 0; tries < 600; tries++) {
      const text = await fetch(`${servers[0]?.monitor}/jsz`).then(
        (answer) => answer.text(),
        () => ""
      )
      if (/"leader":\s*"n\d"/.test(text) && /"cluster_size":\s*3/.test(text)) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error("the cluster found no leader")
  })
  return servers
})
