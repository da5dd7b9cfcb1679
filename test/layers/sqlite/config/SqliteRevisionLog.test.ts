import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { openConfigDatabase } from "../../../../src/layers/sqlite/config/ConfigDatabase.ts"
import * as SqliteRevisionLog from "../../../../src/layers/sqlite/config/SqliteRevisionLog.ts"
import { ConfigStore } from "../../../../src/services/store/ConfigStore.ts"
import { RevisionLog } from "../../../../src/services/store/RevisionLog.ts"
import { NEW_KEY, OLD_KEY } from "../../../services/store/keys.ts"
import { temporaryDirectory } from "../temporaryDirectory.ts"
import { pair, storeOn } from "./storeOn.ts"

const bytesOf = (directory: string) =>
  Buffer.concat(readdirSync(directory).map((name) => readFileSync(join(directory, name)))).toString("latin1")

const document = Effect.flatMap(ConfigStore, ({ snapshot }) => Effect.map(snapshot, ({ document }) => document))

describe("SqliteRevisionLog", () => {
  it.effect("has no secret in any of its files, open, closed, or after a change of keys", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const was = yield* Effect.gen(function* () {
        const store = yield* ConfigStore
        for (const n of [1, 2, 3]) yield* store.commit({ base: n - 1, author: "a", note: "", changes: pair(n) })
        assert.include(readdirSync(directory), "config.db-wal")
        assert.notInclude(bytesOf(directory), "canary")
        return yield* document
      }).pipe(Effect.provide(storeOn(directory, OLD_KEY), { local: true }))
      yield* document.pipe(Effect.provide(storeOn(directory, NEW_KEY, OLD_KEY), { local: true }))
      const is = yield* document.pipe(Effect.provide(storeOn(directory, NEW_KEY), { local: true }))
      assert.deepStrictEqual(is, was)
      assert.include(JSON.stringify(is), "canary")
      assert.include(bytesOf(directory), "$sealed")
      assert.notInclude(bytesOf(directory), "canary")
    })
  )

  it.effect("is as durable as it says: WAL, and synchronous FULL", () =>
    Effect.gen(function* () {
      const database = yield* openConfigDatabase(yield* temporaryDirectory)
      assert.deepStrictEqual({ ...database.prepare("PRAGMA journal_mode").get() }, { journal_mode: "wal" })
      assert.deepStrictEqual({ ...database.prepare("PRAGMA synchronous").get() }, { synchronous: 2 })
    })
  )

  it.effect("lets nobody but its owner read its files, in a directory of its own", () =>
    Effect.gen(function* () {
      const directory = join(yield* temporaryDirectory, "data")
      const umask = process.umask(0)
      const database = yield* openConfigDatabase(directory)
      process.umask(umask)
      database.exec("INSERT INTO kept VALUES ('a', 'b')")
      const mode = (path: string) => [path, statSync(path).mode & 0o777]
      const files = ["config.db", "config.db-shm", "config.db-wal"]
      assert.deepStrictEqual(readdirSync(directory), files)
      assert.deepStrictEqual(mode(directory), [directory, 0o700])
      for (const file of files.map((name) => join(directory, name))) assert.deepStrictEqual(mode(file), [file, 0o600])
    })
  )

  it.effect("keeps the 100,000 newest entries of its audit log", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const context = yield* Layer.build(SqliteRevisionLog.layer(directory))
      const log = Context.get(context, RevisionLog)
      const database = yield* openConfigDatabase(directory)
      database.exec(`
        WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100099)
        INSERT INTO audit SELECT n, 5, '', '', '', '' FROM numbers`)
      yield* log.audit({ at: 6, actor: "a", action: "login", target: "", detail: "" })
      const { count, oldest } = { ...database.prepare("SELECT count(*) count, min(id) oldest FROM audit").get() }
      assert.deepStrictEqual([count, oldest], [100_000, 101])
      assert.deepInclude((yield* log.auditLog({ limit: 1 }))[0], { id: 100_100, at: 6 })
    })
  )

  it.effect("forgets nobody's entries because somebody else wrote and lost a hundred thousand", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const log = Context.get(yield* Layer.build(SqliteRevisionLog.layer(directory)), RevisionLog)
      const database = yield* openConfigDatabase(directory)
      const note = (actor: string) => log.audit({ at: 5, actor, action: "forbidden", target: "", detail: "" })
      yield* note("bob")
      yield* note("mallory")
      database.exec("UPDATE audit SET id = 200099 WHERE actor = 'mallory'")
      yield* note("mallory")
      yield* note("mallory")
      assert.deepStrictEqual(
        (yield* log.auditLog({ limit: 9 })).map(({ actor, id }) => [actor, id]),
        [
          ["mallory", 200_101],
          ["mallory", 200_100],
          ["mallory", 200_099],
          ["bob", 1]
        ]
      )
    })
  )

  it.effect("brings a database of the first version to this one, with what is in it", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const entry = { at: 6, actor: "a", action: "login", target: "", detail: "" }
      const filled = Effect.gen(function* () {
        const log = yield* RevisionLog
        yield* log.append({ base: 0, at: 1, author: "a", note: "", changes: [] })
        yield* log.audit(entry)
      })
      yield* filled.pipe(Effect.provide(SqliteRevisionLog.layer(directory), { local: true }))
      const first = new DatabaseSync(join(directory, "config.db"))
      first.exec("DROP INDEX audit_by_kind; PRAGMA user_version = 1")
      first.close()
      const log = Context.get(yield* Layer.build(SqliteRevisionLog.layer(directory)), RevisionLog)
      assert.strictEqual(yield* log.head, 1)
      yield* log.audit({ ...entry, at: 7 })
      assert.deepStrictEqual(
        (yield* log.auditLog({ limit: 9 })).map(({ at }) => at),
        [7, 6]
      )
    })
  )

  it.live("waits for somebody who has the file locked, and its thread does not", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const log = Context.get(yield* Layer.build(SqliteRevisionLog.layer(directory)), RevisionLog)
      const other = yield* openConfigDatabase(directory)
      other.exec("BEGIN IMMEDIATE")
      const began = performance.now()
      const writing = yield* Effect.forkChild(log.append({ base: 0, at: 1, author: "a", note: "", changes: [] }))
      yield* Effect.sleep("100 millis")
      assert.isBelow(performance.now() - began, 1000)
      assert.strictEqual(yield* log.head, 0)
      other.exec("ROLLBACK")
      assert.strictEqual(yield* Fiber.join(writing), 1)
    })
  )

  it.effect("says once in the log why it cannot be written, and when it can be again", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const lines: Array<string> = []
      const logging = Logger.layer([Logger.map(Logger.formatJson, (line) => void lines.push(line))])
      yield* Effect.gen(function* () {
        const log = yield* RevisionLog
        const other = yield* openConfigDatabase(directory)
        const entry = { at: 1, actor: "canary", action: "login", target: "", detail: "" }
        other.exec(
          "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
        )
        for (let i = 0; i < 3; i++) {
          assert.strictEqual(
            (yield* Effect.flip(log.audit(entry))).message,
            "the database of configuration cannot be reached now"
          )
          assert.strictEqual(yield* log.head, 0)
        }
        other.exec("DROP TRIGGER full")
        yield* TestClock.adjust("10 seconds")
        for (let i = 0; i < 3; i++) yield* log.audit(entry)
      }).pipe(Effect.provide(SqliteRevisionLog.layer(directory)), Effect.provide(logging))
      const said = lines.map((line) => JSON.parse(line)).map(({ level, message }) => [level, message])
      assert.deepStrictEqual(said, [
        ["ERROR", ["the database of configuration cannot be written", { reason: "database or disk is full" }]],
        ["INFO", "the database of configuration can be written again"]
      ])
    })
  )

  it.effect("refuses a database that a newer program wrote, and leaves it as it is", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const file = join(directory, "config.db")
      const newer = new DatabaseSync(file)
      newer.exec("CREATE TABLE later (a); PRAGMA user_version = 99")
      newer.close()
      const error = yield* Effect.flip(Layer.build(SqliteRevisionLog.layer(directory)))
      assert.strictEqual(
        error.message,
        `${file} has schema version 99, and this program knows 2: a newer Spangate wrote it, start that one`
      )
      const after = new DatabaseSync(file)
      assert.deepStrictEqual(
        after
          .prepare("SELECT name FROM sqlite_schema")
          .all()
          .map((row) => row["name"]),
        ["later"]
      )
      after.close()
    })
  )

  it.effect("says of a file that is no database which one it is", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      writeFileSync(join(directory, "config.db"), "x".repeat(5000))
      const error = yield* Effect.flip(Layer.build(SqliteRevisionLog.layer(directory)))
      assert.match(
        error.message,
        /config\.db cannot be opened as the database of the configuration: file is not a database/
      )
    })
  )

  it.live("tells of a revision that somebody else wrote within 300 ms", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const build = Effect.map(Layer.build(Layer.fresh(SqliteRevisionLog.layer(directory))), (context) =>
        Effect.provideContext(RevisionLog, context)
      )
      const [here, there] = [yield* yield* build, yield* yield* build]
      const heads: Array<number> = []
      let written = 0
      yield* here.heads.pipe(
        Stream.take(3),
        Stream.runForEach((head) =>
          Effect.gen(function* () {
            heads.push(head)
            if (head > 0) assert.isBelow(performance.now() - written, 300)
            if (head === 2) return
            written = performance.now()
            yield* there.append({ base: head, at: 1, author: "", note: "", changes: [] })
          })
        )
      )
      assert.deepStrictEqual(heads, [0, 1, 2])
    })
  )
})
