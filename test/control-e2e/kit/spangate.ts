import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"

const program = fileURLToPath(new URL("../../../src/programs/cli.ts", import.meta.url))

export interface Said {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The command line against one control plane, as a process of its own for each command. */
export interface Spangate {
  /** Whatever becomes of it. */
  readonly run: (...args: ReadonlyArray<string>) => Effect.Effect<Said>
  /** Standard output of a command that must end with 0. */
  readonly ok: (...args: ReadonlyArray<string>) => Effect.Effect<string>
  /** All that any command said. */
  readonly said: () => string
}

export const spangateAt = (controlUrl: string, adminToken: string): Spangate => {
  let all = ""
  const run = (...args: ReadonlyArray<string>) =>
    Effect.callback<Said>((resume) => {
      const said = { stdout: "", stderr: "" }
      const child = spawn(process.execPath, [program, ...args], {
        env: {
          PATH: process.env["PATH"] ?? "",
          SPANGATE_CONTROL_URL: controlUrl,
          SPANGATE_ADMIN_TOKEN: adminToken
        },
        stdio: ["ignore", "pipe", "pipe"]
      })
      for (const name of ["stdout", "stderr"] as const) {
        child[name].setEncoding("utf8").on("data", (text: string) => {
          said[name] += text
          all += text
        })
      }
      child.on("close", (code) => resume(Effect.succeed({ code, ...said })))
      return Effect.sync(() => void child.kill("SIGKILL"))
    })
  return {
    run,
    ok: (...args) =>
      Effect.map(run(...args), ({ code, stderr, stdout }) => {
        assert.strictEqual(code, 0, `spangate ${args.join(" ")}\n${stdout}\n${stderr}`)
        return stdout
      }),
    said: () => all
  }
}
