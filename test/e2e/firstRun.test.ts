import { execFile } from "node:child_process"
import { readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { serving } from "./kit/Program.ts"
import { temporaryDirectory } from "./kit/temporaryDirectory.ts"

const bash = (command: string) =>
  Effect.promise(() => promisify(execFile)("bash", ["-c", command], { encoding: "utf8" }))

it.live("a first start writes a configuration, shows its token once, and the curl line that it prints streams", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const file = join(directory, "spangate.yaml")
    // As a newcomer has it: nothing set, so everything lands where the program is started.
    const env = { SPANGATE_CONFIG: "", SPANGATE_DATA: "" }
    const first = yield* serving({ directory, env })
    const [curl = ""] = yield* first.says(/^ {2}curl -N .*$/m)
    const [token = ""] = /sg-[\w-]{43}/.exec(first.stdout()) ?? []
    assert.isNotEmpty(token)
    assert.strictEqual(first.stdout().split(token).length - 1, 2, "by itself, and in the curl line")
    assert.strictEqual(statSync(file).mode & 0o777, 0o600)
    assert.strictEqual(statSync(join(directory, ".spangate")).mode & 0o077, 0, "prompts lie in there")
    const written = readFileSync(file, "utf8")
    assert.notInclude(written, token)

    const { stdout } = yield* bash(curl)
    const events = stdout.trimEnd().split("\n\n")
    assert.isAbove(events.length, 5)
    assert.strictEqual(events.at(-1), "data: [DONE]")
    const text = events
      .slice(0, -1)
      .map((event) => JSON.parse(event.replace(/^data: /, "")).choices[0]?.delta.content ?? "")
      .join("")
    assert.include(text, "Hello, Spangate!")

    first.signal("SIGTERM")
    assert.deepStrictEqual(yield* first.ended, { code: 0, signal: null })
    assert.strictEqual(first.stderr(), "")

    const second = yield* serving({ directory, env })
    second.signal("SIGTERM")
    yield* second.ended
    assert.notMatch(second.stdout(), /sg-|curl/)
    assert.strictEqual(readFileSync(file, "utf8"), written)
  })
)
