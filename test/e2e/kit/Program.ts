import { spawn } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { makeWaiters } from "../../../src/layers/fake/Waiters.ts"

export interface ProgramOptions {
  /** What runs: `main.ts` unless told otherwise. */
  readonly entry?: URL
  /** It works here, with `spangate.yaml` and `data` in it. */
  readonly directory: string
  readonly env?: { readonly [name: string]: string }
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A program of ours as a process of its own. */
export interface Program {
  readonly pid: number
  readonly stdout: () => string
  readonly stderr: () => string
  /** Waits until standard output matches; dies with all that was said when the program ends without. */
  readonly says: (pattern: RegExp) => Effect.Effect<RegExpExecArray>
  /** Waits for its end. */
  readonly ended: Effect.Effect<Ended>
  readonly signal: (signal: NodeJS.Signals) => void
}

export interface Gateway extends Program {
  readonly url: string
  readonly port: number
}

const main = new URL("../../../src/programs/main.ts", import.meta.url)

/** Nothing of the machine's own environment reaches the program but what Node needs. */
const environment = (directory: string) => ({
  PATH: process.env["PATH"] ?? "",
  SPANGATE_CONFIG: join(directory, "spangate.yaml"),
  SPANGATE_DATA: join(directory, "data"),
  SPANGATE_PORT: "0",
  SPANGATE_CONTROL_PORT: "0"
})

/** Starts a program; with the scope it is killed and gone. */
export const start = ({ entry = main, directory, env }: ProgramOptions): Effect.Effect<Program, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const waiters = makeWaiters()
      const said = { stdout: "", stderr: "" }
      let ended: Ended | undefined
      const child = spawn(process.execPath, [fileURLToPath(entry)], {
        cwd: directory,
        env: { ...environment(directory), ...env },
        stdio: ["ignore", "pipe", "pipe"]
      })
      for (const name of ["stdout", "stderr"] as const) {
        child[name].setEncoding("utf8").on("data", (text: string) => {
          said[name] += text
          waiters.changed()
        })
      }
      // "close" comes after the last word, "exit" may come before it.
      child.on("close", (code, signal) => {
        ended = { code, signal }
        waiters.changed()
      })
      const says = (pattern: RegExp) =>
        waiters.until((): Option.Option<RegExpExecArray | Ended> => {
          const found = pattern.exec(said.stdout)
          return found === null ? Option.fromUndefinedOr(ended) : Option.some(found)
        })
      const program: Program = {
        pid: child.pid ?? 0,
        stdout: () => said.stdout,
        stderr: () => said.stderr,
        says: (pattern) =>
          Effect.flatMap(says(pattern), (result) =>
            Array.isArray(result)
              ? Effect.succeed(result)
              : Effect.die(new Error(`ended without ${pattern}:\n${said.stdout}\n${said.stderr}`))
          ),
        ended: waiters.until(() => Option.fromUndefinedOr(ended)),
        signal: (signal) => {
          child.kill(signal)
        }
      }
      return program
    }),
    (program) => {
      program.signal("SIGKILL")
      return program.ended
    }
  )

/** Starts a gateway and waits until it serves. */
export const serving = Effect.fnUntraced(function* (options: ProgramOptions) {
  const program = yield* start(options)
  const [, url = "", port = ""] = yield* program.says(/^spangate gateway listening on (http:\/\/127\.0\.0\.1:(\d+))$/m)
  return { ...program, url, port: Number(port) } satisfies Gateway
})
