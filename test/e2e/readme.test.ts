import { spawn } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { makeWaiters } from "../../src/layers/fake/Waiters.ts"
import { temporaryDirectory } from "./kit/temporaryDirectory.ts"

const root = new URL("../..", import.meta.url).pathname
const text = (file: string) => readFileSync(join(root, file), "utf8")

const commands = [...text("README.md").matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block = ""]) =>
  block.trim().split(/\n| && /)
)

/** What CI's own script runs. */
const byScript = ["npm ci", "npm run check", "npm test"]

/** What stays up until it is told to stop, and the line that says it serves. */
const serving: { readonly [command: string]: RegExp } = {
  "npm start": /^spangate gateway listening on http/m,
  "npm run demo": /^All of it is at the fake Middleware now/m,
  "npm run staging": /^spangate gateway listening on http/m,
  "npm run middleware": /^spangate middleware listening on http/m
}

/** What does its work in a data directory that a program has used, and ends. */
const oneShot: { readonly [command: string]: RegExp } = {
  "npm run spangate -- dead-letters list": /^There are no dead letters/m,
  "npm run spangate -- check": /spangate.yaml is fine/m
}

const initial = `
providerAccounts: [{ name: demo, type: fake, models: [{ name: echo }] }]
`

/** Runs a command line as a stranger would, in the project's folder, until it says `pattern`; then ends it. */
const untilItSays = (command: string, pattern: RegExp, directory: string) =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const waiters = makeWaiters()
      let said = ""
      let ended = false
      const child = spawn(command, {
        cwd: root,
        shell: true,
        // A group of its own: npm's shell and our program end together.
        detached: true,
        env: {
          PATH: process.env["PATH"],
          HOME: process.env["HOME"],
          SPANGATE_CONFIG: join(directory, "spangate.yaml"),
          SPANGATE_DATA: join(directory, "data"),
          SPANGATE_PORT: "0",
          SPANGATE_CONTROL_PORT: "0",
          MIDDLEWARE_PORT: "0",
          MIDDLEWARE_UI_PORT: "0",
          MIDDLEWARE_GRPC_PORT: "0"
        }
      })
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (chunk: string) => {
          said += chunk
          waiters.changed()
        })
      }
      child.on("close", () => {
        ended = true
        waiters.changed()
      })
      return { child, waiters, said: () => said, ended: () => ended }
    }),
    ({ waiters, said, ended }) =>
      Effect.andThen(
        waiters.until(() => (pattern.test(said()) || ended() ? Option.some(undefined) : Option.none())),
        Effect.sync(() => assert.match(said(), pattern))
      ),
    ({ child, waiters, ended }) =>
      Effect.andThen(
        Effect.sync(() => {
          if (!ended() && child.pid !== undefined) process.kill(-child.pid, "SIGTERM")
        }),
        waiters.until(() => (ended() ? Option.some(undefined) : Option.none()))
      )
  )

describe("the README", () => {
  it("holds no command that CI does not run", () => {
    const known = [...byScript, ...Object.keys(serving), ...Object.keys(oneShot)]
    for (const command of commands) assert.include(known, command)
    for (const command of byScript) assert.include(text(".ci/run"), command)
  })

  for (const [command, pattern] of Object.entries(serving)) {
    it.live(`${command} works as written`, () =>
      Effect.gen(function* () {
        assert.include(commands, command)
        const directory = yield* temporaryDirectory
        if (command === "npm run staging") {
          yield* Effect.sync(() => writeFileSync(join(directory, "spangate.yaml"), initial))
        }
        yield* untilItSays(command, pattern, directory)
      })
    )
  }

  for (const [command, pattern] of Object.entries(oneShot)) {
    it.live(`${command} works as written`, () =>
      Effect.gen(function* () {
        assert.include(commands, command)
        const directory = yield* temporaryDirectory
        yield* untilItSays("npm start", /listening on/, directory)
        yield* untilItSays(command, pattern, directory)
      })
    )
  }
})
