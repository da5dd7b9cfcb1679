import { spawn } from "node:child_process"
import { closeSync, existsSync, openSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ADMIN, FakeControlPlane, layer } from "./FakeControlPlane.ts"
import { trace } from "./storedTraces.ts"

const program = fileURLToPath(new URL("../../../src/programs/cli.ts", import.meta.url))

const environment = (url: string) => ({
  PATH: process.env["PATH"] ?? "",
  SPANGATE_CONTROL_URL: url,
  SPANGATE_ADMIN_TOKEN: ADMIN
})

/** With a file for its output. */
const startInto = (file: number, url: string, ...args: ReadonlyArray<string>) => {
  const child = spawn(process.execPath, [program, ...args], { env: environment(url), stdio: ["ignore", file, "pipe"] })
  const said = { stderr: "" }
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said.stderr += text))
  const code = new Promise<number | null>((resolve) => child.on("close", resolve))
  return { said, code: Effect.promise(() => code) }
}

const start = (url: string, ...args: ReadonlyArray<string>) => {
  const child = spawn(process.execPath, [program, ...args], { env: environment(url) })
  const said = { stdout: "", stderr: "" }
  const first = new Promise<void>((resolve) => child.stdout.once("data", () => resolve()))
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.stdout += text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.stderr += text))
  const code = new Promise<number | null>((resolve) => child.on("close", resolve))
  return { child, said, first: Effect.promise(() => first), code: Effect.promise(() => code) }
}

describe("the process", () => {
  it.live("of a tail ends at Ctrl-C without a word", () =>
    Effect.gen(function* () {
      const plane = yield* FakeControlPlane
      plane.world.traces = [trace(1)]
      const tail = start(plane.url, "traces", "tail")
      yield* tail.first
      tail.child.kill("SIGINT")
      assert.strictEqual(yield* tail.code, 130)
      assert.strictEqual(tail.said.stderr, "")
    }).pipe(Effect.provide(layer))
  )

  it.live("of a tail ends when nobody reads it any more", () =>
    Effect.gen(function* () {
      const plane = yield* FakeControlPlane
      plane.world.traces = [trace(1)]
      const tail = start(plane.url, "traces", "tail")
      yield* tail.first
      tail.child.stdout.destroy()
      plane.world.traces = [trace(2), trace(1)]
      assert.strictEqual(yield* tail.code, 141)
      assert.strictEqual(tail.said.stderr, "")
    }).pipe(Effect.provide(layer))
  )

  // A file that is always full.
  it.live.skipIf(!existsSync("/dev/full"))("that cannot write what it has to say fails, and says so", () =>
    Effect.gen(function* () {
      const plane = yield* FakeControlPlane
      const full = yield* Effect.acquireRelease(
        Effect.sync(() => openSync("/dev/full", "w")),
        (file) => Effect.sync(() => closeSync(file))
      )
      const command = startInto(full, plane.url, "export")
      assert.strictEqual(yield* command.code, 1)
      assert.strictEqual(command.said.stderr, "The output cannot be written (ENOSPC)\n")
    }).pipe(Effect.provide(layer))
  )

  it.live.each(["bash", "zsh", "fish", "powershell"])("prints completions for %s that know every command", (shell) =>
    Effect.gen(function* () {
      const { code, said } = start("http://127.0.0.1:1", "--completions", shell)
      assert.strictEqual(yield* code, 0)
      for (const word of ["apply", "dry-run", "tail", "dead-letters"]) assert.include(said.stdout, word)
    })
  )
})
