import { closeSync, copyFileSync, existsSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as SqliteDeadLetters from "../../../src/layers/sqlite/SqliteDeadLetters.ts"
import { DeadLetters } from "../../../src/services/export/DeadLetters.ts"
import { assertAccounts, deadLettersContract, letter } from "../../contracts/deadLetters.ts"
import { temporaryDirectory } from "./temporaryDirectory.ts"

deadLettersContract("SqliteDeadLetters", (maxBytes) =>
  Layer.unwrap(Effect.map(temporaryDirectory, (directory) => SqliteDeadLetters.layer({ directory, maxBytes })))
)

const open = Effect.fnUntraced(function* (options: SqliteDeadLetters.SqliteDeadLettersOptions) {
  const scope = yield* Scope.make()
  const context = yield* Layer.buildWithScope(SqliteDeadLetters.layer(options), scope)
  return { deadLetters: Context.get(context, DeadLetters), close: Scope.close(scope, Exit.void) }
})

const visiting = <A, E>(directory: string, body: (deadLetters: DeadLetters["Service"]) => Effect.Effect<A, E>) =>
  Effect.flatMap(DeadLetters, body).pipe(Effect.provide(SqliteDeadLetters.visit(directory), { local: true }))

it.effect("what was put away is there after a restart, and a mark as well", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const first = yield* open({ directory })
    yield* first.deadLetters.append([letter(1), letter(2)])
    yield* first.deadLetters.requestReplay({ ids: [2] })
    yield* first.close
    const second = yield* open({ directory })
    assert.deepStrictEqual(
      (yield* second.deadLetters.take("a", 100)).map(({ id }) => id),
      [2]
    )
    assertAccounts(yield* second.deadLetters.accounts)
    yield* second.close
  })
)

it.effect("letters go a month after they were refused, and are counted", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const { close, deadLetters } = yield* open({ directory })
    const day = 24 * 3_600_000
    yield* deadLetters.append(Array.from({ length: 600 }, (_, index) => letter(index + 1, { refusedAt: 0 })))
    yield* deadLetters.append([letter(1000, { refusedAt: 20 * day })])
    yield* TestClock.adjust("30 days")
    assert.strictEqual((yield* deadLetters.list({}, 1000)).length, 601)
    yield* TestClock.adjust("2 minutes")
    assert.strictEqual((yield* deadLetters.list({}, 1000)).length, 1)
    const [account] = yield* deadLetters.accounts
    assert.deepStrictEqual(account?.droppedSpans, { full: 0, expired: 1200 })
    yield* close
  })
)

it.effect("somebody else may read, mark and purge while the exporter has it open", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const { close, deadLetters } = yield* open({ directory })
    yield* deadLetters.append([letter(1), letter(2), letter(3)])
    yield* visiting(directory, (visitor) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* visitor.list({}, 10)).length, 3)
        assert.strictEqual(yield* visitor.requestReplay({ ids: [1] }), 1)
        assert.strictEqual(yield* visitor.purge({ ids: [2] }), 1)
        yield* deadLetters.append([letter(4)])
        assert.strictEqual((yield* visitor.list({}, 10)).length, 3)
      })
    )
    assert.deepStrictEqual(
      (yield* deadLetters.take("a", 100)).map(({ id }) => id),
      [1]
    )
    yield* close
  })
)

it.effect("while somebody else writes, the exporter is told to come back, and does not wait long", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const { close, deadLetters } = yield* open({ directory })
    const other = new DatabaseSync(join(directory, "dead-letters.db"))
    other.exec("BEGIN IMMEDIATE")
    const begun = performance.now()
    assert.strictEqual((yield* Effect.flip(deadLetters.append([letter(1)])))._tag, "DeadLettersUnavailable")
    assert.isBelow(performance.now() - begun, 2000)
    assert.deepStrictEqual(yield* deadLetters.list({}, 10), [])
    other.exec("COMMIT")
    other.close()
    yield* deadLetters.append([letter(1)])
    yield* close
  })
)

it.effect("a visitor neither makes nor mends the file, and says what is wrong", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const missing = yield* Effect.flip(visiting(directory, (visitor) => visitor.accounts))
    assert.include(missing.message, `there is no ${join(directory, "dead-letters.db")}`)
    assert.isFalse(existsSync(join(directory, "dead-letters.db")))
    writeFileSync(join(directory, "dead-letters.db"), "no database")
    const damaged = yield* Effect.flip(visiting(directory, (visitor) => visitor.accounts))
    assert.include(damaged.message, "not a database")
  })
)

it.effect("a damaged file is moved aside, at the start and in use, and the exporter goes on with a fresh one", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const path = join(directory, "dead-letters.db")
    writeFileSync(path, "no database")
    const { close, deadLetters } = yield* open({ directory })
    assert.isTrue(existsSync(`${path}.corrupt-1`))
    yield* deadLetters.append(Array.from({ length: 100 }, (_, index) => letter(index, { frame: new Uint8Array(9000) })))
    yield* close
    // Neither the first pages nor the last, so that opening does not meet it.
    const file = openSync(path, "r+")
    writeSync(file, Buffer.alloc(200_000, 0xff), 0, 200_000, 400_000)
    closeSync(file)
    const again = yield* open({ directory })
    const attempts = yield* Effect.forEach(Array.from({ length: 100 }), (_, index) =>
      Effect.exit(again.deadLetters.get(index + 1))
    )
    assert.isTrue(attempts.some(Exit.isFailure), "the damage is met")
    assert.isTrue(existsSync(`${path}.corrupt-2`))
    yield* again.deadLetters.append([letter(1)])
    assert.strictEqual((yield* again.deadLetters.list({}, 10)).length, 1)
    yield* again.close
  })
)

it.effect("what lies behind damage in the write-ahead log is gone, and that is said loudly", () => {
  const errors: Array<unknown> = []
  return Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const copy = yield* temporaryDirectory
    const { close, deadLetters } = yield* open({ directory })
    for (const index of [1, 2, 3])
      yield* deadLetters.append([letter(index, { frame: new Uint8Array(9000).fill(index) })])
    for (const name of ["dead-letters.db", "dead-letters.db-wal"]) copyFileSync(join(directory, name), join(copy, name))
    yield* close
    const wal = join(copy, "dead-letters.db-wal")
    const file = openSync(wal, "r+")
    writeSync(file, Buffer.of(0xff), 0, 1, readFileSync(wal).indexOf(Buffer.alloc(1000, 2)))
    closeSync(file)
    const again = yield* open({ directory: copy })
    assert.strictEqual((yield* again.deadLetters.list({}, 10)).length, 1)
    assertAccounts(yield* again.deadLetters.accounts)
    assert.deepStrictEqual(errors, [
      ["dead letters' write-ahead log was damaged: the newest changes to them are lost", { commits: 2 }]
    ])
    yield* again.close
  }).pipe(Effect.provide(Logger.layer([Logger.make(({ message }) => void errors.push(message))])))
})

it.effect("a file of a later version is left alone", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const database = new DatabaseSync(join(directory, "dead-letters.db"))
    database.exec("PRAGMA user_version = 99")
    database.close()
    const error = yield* Effect.flip(open({ directory }))
    assert.include(error.message, "version 99")
  })
)
