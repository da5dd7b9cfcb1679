import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { finishReplacing, replaceFile } from "../../../src/layers/sqlite/spool/replaceFile.ts"
import { temporaryDirectory } from "./temporaryDirectory.ts"

const damaged = Effect.map(temporaryDirectory, (directory) => {
  const path = join(directory, "a.db")
  writeFileSync(path, "damaged")
  writeFileSync(`${path}-wal`, "its log")
  return { directory, path }
})

const make = (path: string) => writeFileSync(path, "fresh")

describe("a damaged file", () => {
  it.effect("is moved aside with what belongs to it, under a name of its own each time", () =>
    Effect.gen(function* () {
      const { directory, path } = yield* damaged
      assert.strictEqual(replaceFile(path, make), `${path}.corrupt-1`)
      assert.strictEqual(replaceFile(path, make), `${path}.corrupt-2`)
      assert.deepStrictEqual(readdirSync(directory).sort(), [
        "a.db",
        "a.db.corrupt-1",
        "a.db.corrupt-1-wal",
        "a.db.corrupt-2"
      ])
      assert.strictEqual(readFileSync(path, "utf8"), "fresh")
    })
  )

  it.effect("stays where it is when the fresh one cannot be made, so that the next try finds it and says so", () =>
    Effect.gen(function* () {
      const { path } = yield* damaged
      const full = (fresh: string) => {
        writeFileSync(fresh, "half of it")
        throw new Error("the disk is full")
      }
      assert.throws(() => replaceFile(path, full), "the disk is full")
      assert.strictEqual(readFileSync(path, "utf8"), "damaged")
      assert.isFalse(existsSync(`${path}.corrupt-1`))
      assert.strictEqual(replaceFile(path, make), `${path}.corrupt-1`)
      assert.strictEqual(readFileSync(path, "utf8"), "fresh")
    })
  )

  it.effect("that was moved aside when the process was killed has its fresh one at the next start", () =>
    Effect.gen(function* () {
      const { directory, path } = yield* damaged
      finishReplacing(path)
      assert.strictEqual(readFileSync(path, "utf8"), "damaged", "nothing to end here")
      const moved = join(yield* temporaryDirectory, "b.db")
      writeFileSync(`${moved}.fresh`, "fresh")
      writeFileSync(`${moved}-wal`, "of the old one")
      finishReplacing(moved)
      assert.strictEqual(readFileSync(moved, "utf8"), "fresh")
      assert.isFalse(existsSync(`${moved}-wal`), "another file's log is not read into it")
      assert.deepStrictEqual(readdirSync(directory).sort(), ["a.db", "a.db-wal"])
    })
  )
})
