import { type ChildProcessByStdio, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import type { Readable, Writable } from "node:stream"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ConfigStore } from "../../../../src/services/store/ConfigStore.ts"
import { RevisionLog } from "../../../../src/services/store/RevisionLog.ts"
import { temporaryDirectory } from "../temporaryDirectory.ts"
import { storeOn } from "./storeOn.ts"

const script = fileURLToPath(new URL("./writer.ts", import.meta.url))

interface Writer {
  readonly child: ChildProcessByStdio<Writable, Readable, null>
  readonly lines: AsyncIterator<string>
}

/** A process that is ready to write. */
const writer = (directory: string, author: string, commits: number) =>
  Effect.acquireRelease(
    Effect.promise(async (): Promise<Writer> => {
      const child = spawn(process.execPath, [script, directory, author, String(commits)], {
        stdio: ["pipe", "pipe", "inherit"]
      })
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      assert.strictEqual((await lines.next()).value, "ready")
      return { child, lines }
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  )

const go = ({ child }: Writer) => child.stdin.write("go\n")

const rest = async ({ lines }: Writer): Promise<ReadonlyArray<string>> => {
  const said: Array<string> = []
  for (let line = await lines.next(); line.done !== true; line = await lines.next()) said.push(line.value)
  return said
}

/** Every revision changed both entities, to what it alone wrote. */
const assertWhole = Effect.gen(function* () {
  const store = yield* ConfigStore
  const { revision: head } = yield* store.snapshot
  const authors: Array<string> = []
  for (let revision = 1; revision <= head; revision++) {
    const { entities } = Option.getOrThrow(yield* store.at(revision))
    assert.deepStrictEqual(
      entities.map(({ body, revision }) => [JSON.stringify(body).match(/canary[a-z-]+-(\d+)/)?.[1], revision]),
      [
        [String(revision), revision],
        [String(revision), revision]
      ]
    )
    const [info] = yield* store.revisions({ before: revision + 1, limit: 1 })
    assert.strictEqual(info?.revision, revision)
    authors.push(info?.author ?? "")
  }
  return authors
})

describe("several processes on one configuration", () => {
  it.live("of two that write against the same revision, one does and the other is told", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const both = yield* Effect.all([writer(directory, "a", 1), writer(directory, "b", 1)], { concurrency: 2 })
      for (const one of both) go(one)
      const said = yield* Effect.promise(() => Promise.all(both.map(rest)))
      assert.deepStrictEqual(said.map((lines) => lines.join(" ")).sort(), ["1", "stale 2"])
    })
  )

  it.live("loses no write of two that write all the time", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const both = yield* Effect.all([writer(directory, "a", 40), writer(directory, "b", 40)], { concurrency: 2 })
      for (const one of both) go(one)
      const said = (yield* Effect.promise(() => Promise.all(both.map(rest)))).flat()
      const written = said.filter((line) => line !== "stale").map(Number)
      assert.deepStrictEqual(
        written.sort((a, b) => a - b),
        Array.from({ length: 80 }, (_, index) => index + 1)
      )
      const authors = yield* assertWhole.pipe(Effect.provide(storeOn(directory)))
      assert.strictEqual(authors.filter((author) => author === "a").length, 40)
      assert.strictEqual(authors.length, 80)
    })
  )

  it.live("kill -9 while one writes: what it acknowledged is there, and nothing is half there", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      let acknowledged = 0
      for (const commits of [1, 3, 8, 2, 13]) {
        const one = yield* writer(directory, "a", 1_000_000)
        go(one)
        const said = yield* Effect.promise(async () => {
          const lines: Array<string> = []
          while (lines.length < commits) {
            const line = await one.lines.next()
            if (line.done === true) break
            lines.push(line.value)
          }
          const gone = once(one.child, "exit")
          one.child.kill("SIGKILL")
          // What it had said before the signal came.
          lines.push(...(await rest(one)))
          await gone
          return lines
        })
        const first = acknowledged + 1
        const last = Number(said.at(-1))
        // The last one before a kill may be there without having been acknowledged.
        assert.isTrue(Number(said[0]) === first || Number(said[0]) === first + 1, `${said[0]} after ${acknowledged}`)
        const { length: head } = yield* assertWhole.pipe(Effect.provide(storeOn(directory), { local: true }))
        assert.isTrue(head === last || head === last + 1, `${head} after ${last} was acknowledged`)
        acknowledged = head
      }
    })
  )

  it.live("makes the schema once where several start at once", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const many = yield* Effect.forEach(["a", "b", "c", "d", "e"], (author) => writer(directory, author, 1), {
        concurrency: "unbounded"
      })
      for (const one of many) go(one)
      const said = yield* Effect.promise(() => Promise.all(many.map(rest)))
      assert.deepStrictEqual(said.map((lines) => lines.at(-1)).sort(), ["1", "2", "3", "4", "5"])
      const [head, epoch] = yield* Effect.gen(function* () {
        const log = yield* RevisionLog
        return [yield* log.head, log.epoch] as const
      }).pipe(Effect.provide(storeOn(directory)))
      assert.strictEqual(head, 5)
      assert.isBelow(Math.abs(Date.now() - epoch), 60_000)
    })
  )
})
