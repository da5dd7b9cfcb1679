import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as PgConnection from "@effect/sql-pg/PgConnection"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { afterAll } from "vitest"
import { postgresPrograms, postgresUser } from "./postgresPrograms.ts"

/** The password in every URL here, to look for where it must not be. */
export const PASSWORD = "pa55word-of-postgres"

/** A real PostgreSQL with fsync on, on a port and in a directory of its own. */
export interface PostgresServer {
  /** An empty database, nobody else's while the scope is open. */
  readonly database: Effect.Effect<Redacted.Redacted, never, Scope.Scope>
  /** What it said so far. */
  readonly log: () => string
  /** Sends it to all its processes. */
  readonly signal: (signal: NodeJS.Signals) => void
  /** Kills it and all its processes with SIGKILL, and waits until they are gone. */
  readonly kill: Effect.Effect<void>
  /** Starts it again on the same port and data, and waits until it serves. */
  readonly start: Effect.Effect<void>
}

const live = new Set<ChildProcess>()
process.on("exit", () => {
  for (const child of live) child.kill("SIGKILL")
})

const freePort = Effect.callback<number>((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = address !== null && typeof address === "object" ? address.port : 0
    server.close(() => resume(Effect.succeed(port)))
  })
})

const directory = Effect.acquireRelease(
  Effect.sync(() => {
    const path = mkdtempSync(join(tmpdir(), "spangate-postgres-"))
    const user = postgresUser()
    if (user !== undefined) chownSync(path, user.uid, user.gid)
    return path
  }),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const initialize = (programs: string, root: string) => {
  const passwords = join(root, "password")
  writeFileSync(passwords, PASSWORD, { mode: 0o644 })
  const made = spawnSync(
    join(programs, "initdb"),
    ["-D", join(root, "data"), "-U", "spangate", "-A", "scram-sha-256", "--pwfile", passwords, "-E", "UTF8"].concat(
      // Of making the cluster only; the server itself syncs.
      ["--no-locale", "--no-sync"]
    ),
    { ...postgresUser(), cwd: root, encoding: "utf8" }
  )
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`)
}

/** Direct children, where the system can say so. */
const childrenOf = (pid: number): ReadonlyArray<number> => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number)
  } catch {
    return []
  }
}

const send = (pid: number, signal: NodeJS.Signals) => {
  try {
    process.kill(pid, signal)
  } catch {
    // It has gone by itself.
  }
}

/** One server, gone with the scope. */
export const postgresServer = Effect.gen(function* () {
  const programs = postgresPrograms()
  const root = yield* directory
  const log = join(root, "log")
  const port = yield* freePort
  initialize(programs, root)
  const urlOf = (database: string) =>
    Redacted.make(`postgres://spangate:${PASSWORD}@127.0.0.1:${port}/${database}?connect_timeout=5`)
  let child: ChildProcess | undefined

  const signal = (name: NodeJS.Signals) => {
    if (child?.pid === undefined) return
    for (const pid of [child.pid, ...childrenOf(child.pid)]) send(pid, name)
  }

  const kill = Effect.callback<void>((resume) => {
    const dying = child
    if (dying?.pid === undefined || dying.exitCode !== null || dying.signalCode !== null) return resume(Effect.void)
    dying.once("exit", () => resume(Effect.void))
    signal("SIGKILL")
  })

  const answers = PgConnection.make({ url: urlOf("postgres") }).pipe(
    Effect.scoped,
    Effect.as(true),
    Effect.orElseSucceed(() => false)
  )

  // Polls, for a server says that it serves in no other way; on the wall's clock, whatever clock the test has. One that
  // was killed may leave processes that go a moment later, and refuses to start before.
  const start = Effect.gen(function* () {
    for (let tries = 0; tries < 600; tries++) {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) {
        const settings = ["-D", join(root, "data"), "-p", `${port}`, "-h", "127.0.0.1", "-k", root, "-c", "fsync=on"]
        const started = spawn(
          "/bin/sh",
          ["-c", 'log=$1; shift; exec "$@" >>"$log" 2>&1', "sh", log, join(programs, "postgres"), ...settings],
          {
            ...postgresUser(),
            cwd: root,
            stdio: "ignore"
          }
        )
        child = started
        live.add(started)
        started.once("exit", () => live.delete(started))
      }
      if (yield* answers) return
      yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 25)))
    }
    throw new Error(`PostgreSQL did not serve: ${readFileSync(log, "utf8").slice(-2000)}`)
  })
  yield* Effect.acquireRelease(start, () => kill)

  const run = (database: string, statement: string) =>
    PgConnection.make({ url: urlOf(database) }).pipe(
      Effect.flatMap((connection) => connection.query(statement)),
      Effect.scoped
    )

  // Emptying one takes a tenth of the time of making one.
  let made = 0
  const emptied: Array<string> = []
  const take = Effect.suspend(() => {
    const known = emptied.pop()
    if (known !== undefined) return Effect.succeed(known)
    const name = `d${++made}`
    return Effect.as(Effect.orDie(run("postgres", `CREATE DATABASE ${name}`)), name)
  })
  const giveBack = (name: string) =>
    run(name, "DROP SCHEMA IF EXISTS spangate CASCADE").pipe(
      Effect.andThen(Effect.sync(() => emptied.push(name))),
      // A server that is away keeps what it has: the next test gets a new one.
      Effect.ignore
    )

  const server: PostgresServer = {
    database: Effect.map(Effect.acquireRelease(take, giveBack), urlOf),
    log: () => readFileSync(log, "utf8"),
    signal,
    kill,
    start
  }
  return server
})

/** One server for all tests of a file: made for the first that wants it, gone after the last. */
export const sharedPostgres = (): Effect.Effect<PostgresServer> => {
  const scope = Scope.makeUnsafe()
  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))
  return Effect.runSync(Effect.cached(Scope.provide(postgresServer, scope)))
}
