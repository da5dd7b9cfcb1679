import { readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as SqliteTraceStore from "../../../../src/layers/sqlite/traces/SqliteTraceStore.ts"
import { openTraces } from "../../../../src/layers/sqlite/traces/TraceDatabase.ts"
import { migrate } from "../../../../src/layers/sqlite/traces/traceSchema.ts"
import { TraceStore } from "../../../../src/services/store/TraceStore.ts"
import { sample } from "../../../contracts/storedTraces.ts"
import { temporaryDirectory } from "../temporaryDirectory.ts"

const traceFile = Effect.map(temporaryDirectory, (directory) => join(directory, "deep", "traces.db"))

const opened = <A, E>(file: string, body: Effect.Effect<A, E, TraceStore>, readonly = false) =>
  Effect.provide(body, SqliteTraceStore.layer({ file, readonly }), { local: true })

const append = (...indexes: ReadonlyArray<number>) =>
  Effect.flatMap(TraceStore, (store) =>
    store.append(
      indexes.map((index) => sample(index)),
      String(indexes)
    )
  )

const count = Effect.flatMap(TraceStore, (store) => Effect.map(store.size, ({ traces }) => traces))

describe("the file of traces", () => {
  it.effect("is there at the next start", () =>
    Effect.gen(function* () {
      const file = yield* traceFile
      yield* opened(file, append(1, 2))
      yield* opened(file, append(2, 3))
      assert.strictEqual(yield* opened(file, count), 3)
    })
  )

  it.effect("is read by two others while it is written, who see whole batches only", () =>
    Effect.gen(function* () {
      const file = yield* traceFile
      yield* opened(
        file,
        Effect.gen(function* () {
          yield* append(0, 1)
          const look = Effect.gen(function* () {
            const store = yield* TraceStore
            const seen: Array<number> = []
            while (seen.at(-1) !== 202) {
              const { traces } = yield* store.page({ filter: { subject: "user:alice" }, limit: 500 })
              assert.strictEqual(traces.length % 2, 0)
              assert.isAtLeast(traces.length, seen.at(-1) ?? 0)
              seen.push(traces.length)
              yield* Effect.yieldNow
            }
            return seen
          })
          const readers = yield* Effect.forkChild(
            Effect.all([opened(file, look, true), opened(file, look, true)], { concurrency: 2 })
          )
          for (let pair = 1; pair <= 100; pair++) {
            yield* append(2 * pair, 2 * pair + 1)
            yield* Effect.yieldNow
          }
          for (const seen of yield* Fiber.join(readers)) assert.isAbove(new Set(seen).size, 10)
        })
      )
    })
  )

  it.effect("is not written, nor created, by who only reads it", () =>
    Effect.gen(function* () {
      const file = yield* traceFile
      assert.strictEqual((yield* Effect.flip(opened(file, count, true)))._tag, "StoreUnavailable")
      yield* opened(file, append(1))
      assert.strictEqual((yield* Effect.flip(opened(file, append(2), true)))._tag, "StoreUnavailable")
      assert.strictEqual(yield* opened(file, count, true), 1)
    })
  )

  it.effect("is moved aside when it is no database, and a fresh one started", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const file = join(directory, "traces.db")
      writeFileSync(file, "not a database, but long enough to be looked at ".repeat(400))
      yield* opened(file, append(1))
      assert.strictEqual(yield* opened(file, count), 1)
      assert.include(readdirSync(directory), "traces.db.corrupt-1")
    })
  )

  it.effect("is moved aside when damage in it is met, and the same batch is stored then", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const file = join(directory, "traces.db")
      yield* opened(file, append(...Array.from({ length: 200 }, (_, index) => index)))
      const database = new DatabaseSync(file)
      const { page } = database.prepare("SELECT rootpage AS page FROM sqlite_schema WHERE name = 'rollups'").get() as {
        page: number
      }
      database.close()
      const bytes = yield* Effect.sync(() => Buffer.from(new Uint8Array(4096).fill(0x5a)))
      yield* Effect.promise(async () => {
        const { open } = await import("node:fs/promises")
        await using handle = await open(file, "r+")
        await handle.write(bytes, 0, bytes.length, (page - 1) * 4096)
      })
      yield* opened(
        file,
        Effect.gen(function* () {
          assert.strictEqual((yield* Effect.flip(append(500)))._tag, "StoreUnavailable")
          yield* append(500)
          assert.strictEqual(yield* count, 1)
        })
      )
      assert.include(readdirSync(directory), "traces.db.corrupt-1")
    })
  )

  it.effect("of a later program is left alone", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const file = join(directory, "traces.db")
      yield* opened(file, append(1))
      const database = new DatabaseSync(file)
      database.exec("PRAGMA user_version = 99")
      database.close()
      const refused = yield* Effect.flip(opened(file, count))
      assert.match(String(refused.cause), /schema version 99/)
      assert.deepStrictEqual(
        readdirSync(directory).filter((name) => name.includes("corrupt")),
        []
      )
    })
  )

  it.effect("of the trial is emptied, and used", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const file = join(directory, "traces.db")
      const database = new DatabaseSync(file)
      database.exec(`CREATE TABLE traces (id INTEGER PRIMARY KEY, traceId TEXT); INSERT INTO traces VALUES (1, 'a');
        CREATE VIRTUAL TABLE words USING fts5 (content, content = ''); CREATE TABLE account (traces); PRAGMA user_version = 1`)
      database.close()
      yield* opened(file, append(1, 2))
      assert.strictEqual(yield* opened(file, count), 2)
      assert.deepStrictEqual(readdirSync(directory), ["traces.db"])
    })
  )

  it.effect("is brought to a new version step by step, each whole or not at all", () =>
    Effect.gen(function* () {
      const file = yield* traceFile
      yield* opened(file, append(1))
      const { database } = openTraces(file)
      yield* Effect.addFinalizer(() => Effect.sync(() => database.close()))
      const version = () => database.prepare("PRAGMA user_version").get()?.["user_version"]
      const now = Number(version())
      const steps = [
        ...Array.from({ length: now }, () => ""),
        "ALTER TABLE traces ADD COLUMN later TEXT",
        "CREATE TABLE half (x); ALTER TABLE nowhere ADD y"
      ]
      assert.throws(() => migrate(database, steps), /nowhere/)
      assert.strictEqual(version(), now + 1)
      assert.deepStrictEqual(database.prepare("SELECT name FROM sqlite_schema WHERE name = 'half'").all(), [])
      migrate(database, steps.slice(0, now + 1))
      assert.strictEqual(database.prepare("SELECT count(later IS NULL) AS n FROM traces").get()?.["n"], 1)
    })
  )
})
