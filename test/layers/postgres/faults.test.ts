import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as PostgresRevisionLog from "../../../src/layers/postgres/PostgresRevisionLog.ts"
import { RevisionLog } from "../../../src/services/store/RevisionLog.ts"
import { put, revisionOn } from "../../contracts/revisions.ts"
import { connectTo } from "../../postgres/connectTo.ts"
import { type PostgresServer, sharedPostgres } from "../../postgres/PostgresServer.ts"

const postgres = sharedPostgres()

const newLog = Effect.fnUntraced(function* ({ database }: PostgresServer) {
  const context = yield* Layer.build(Layer.fresh(PostgresRevisionLog.layer({ url: yield* database })))
  return Context.get(context, RevisionLog)
})

/** Until it serves again; there is no other way to know. */
const whenBack = <A, E>(ask: Effect.Effect<A, E>) =>
  Effect.eventually(Effect.tapError(ask, () => Effect.sleep("20 millis")))

describe("PostgreSQL in trouble", () => {
  it.live("that is read and takes no writes, since its disk is full, say: the log says so once, and why", () =>
    Effect.gen(function* () {
      const url = yield* (yield* postgres).database
      const lines: Array<string> = []
      const logging = Logger.layer([Logger.map(Logger.formatJson, (line) => void lines.push(line))])
      yield* Effect.gen(function* () {
        const log = yield* RevisionLog
        const sql = yield* connectTo(url)
        yield* sql.unsafe(`
          CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$`)
        yield* sql.unsafe("CREATE TRIGGER full_disk BEFORE INSERT ON spangate.kept EXECUTE FUNCTION full_disk()")
        for (let i = 0; i < 3; i++) {
          yield* Effect.flip(log.keep("canary", "canary"))
          assert.strictEqual(yield* log.head, 0)
        }
        yield* sql.unsafe("DROP TRIGGER full_disk ON spangate.kept")
        for (let i = 0; i < 3; i++) yield* log.keep("a", "b")
      }).pipe(Effect.provide(PostgresRevisionLog.layer({ url }), { local: true }), Effect.provide(logging))
      const said = lines.map((line) => JSON.parse(line)).map(({ level, message }) => [level, message])
      assert.deepStrictEqual(said, [
        ["ERROR", ["the database of configuration cannot be written", { reason: said[0]?.[1][1].reason }]]
      ])
      assert.match(said[0]?.[1][1].reason, /\(53100\)$/)
    })
  )

  it.live(
    "killed with SIGKILL amid writes: what was acknowledged is there, calls fail at once, and serve again after",
    () =>
      Effect.gen(function* () {
        const server = yield* postgres
        const log = yield* newLog(server)
        const acknowledged = new Map<number, string>()
        const enough = Latch.makeUnsafe()
        const writer = Effect.fnUntraced(function* (writer: number) {
          for (let count = 0; ; count++) {
            const base = yield* log.head
            const name = `${writer}-${count}`
            const number = yield* log
              .append(revisionOn(base, [put(name)]))
              .pipe(Effect.catchTag("StaleRevision", () => Effect.succeed(0)))
            if (number > 0) acknowledged.set(number, name)
            if (acknowledged.size > 100) Latch.openUnsafe(enough)
          }
        })
        const writers = yield* Effect.forEach([1, 2, 3, 4], (index) => Effect.forkScoped(Effect.flip(writer(index))))
        yield* Latch.await(enough)
        yield* server.kill
        for (const fiber of writers) assert.strictEqual((yield* Fiber.join(fiber))._tag, "StoreUnavailable")
        const begun = performance.now()
        assert.strictEqual((yield* Effect.flip(log.append(revisionOn(0, [put("x")]))))._tag, "StoreUnavailable")
        assert.strictEqual((yield* Effect.flip(log.entitiesAt(1)))._tag, "StoreUnavailable")
        assert.isBelow(performance.now() - begun, 1000)

        yield* server.start
        const head = yield* whenBack(log.head)
        const entities = new Map((yield* log.entitiesAt(head)).map(({ name, revision }) => [name, revision]))
        for (const [number, name] of acknowledged) assert.strictEqual(entities.get(name), number)
        // What was under way when it died is in force as a whole, or not at all.
        assert.strictEqual(entities.size, head)
        assert.strictEqual((yield* log.revisions({ limit: 10_000 })).length, head)
        assert.strictEqual(yield* log.append(revisionOn(head, [put("after")])), head + 1)
      })
  )

  it.live("killed and started again: the heads go on, another process's commits too", () =>
    Effect.gen(function* () {
      const server = yield* postgres
      const url = yield* server.database
      const open = Effect.map(Layer.build(Layer.fresh(PostgresRevisionLog.layer({ url }))), Context.get(RevisionLog))
      const log = yield* open
      const heads = yield* log.heads.pipe(
        Stream.takeUntil((head) => head === 2),
        Stream.runCollect,
        Effect.forkScoped({ startImmediately: true })
      )
      yield* log.append(revisionOn(0, [put("a")]))
      yield* server.kill
      yield* server.start
      const there = yield* open
      yield* there.append(revisionOn(1, [put("b")]))
      assert.deepStrictEqual(yield* Fiber.join(heads), [0, 1, 2])
    })
  )

  // On the test's clock: only what is waited for by somebody else's takes real time.
  it.effect("hangs: a call fails when its time is up, and serves again when it goes on", () =>
    Effect.gen(function* () {
      const server = yield* postgres
      const log = yield* newLog(server)
      yield* log.append(revisionOn(0, [put("a")]))
      server.signal("SIGSTOP")
      yield* Effect.addFinalizer(() => Effect.sync(() => server.signal("SIGCONT")))
      const calls = yield* Effect.forEach(
        [log.append(revisionOn(1, [put("b")])), log.head, log.entitiesAt(1)],
        (call) =>
          Effect.forkScoped(Effect.flip<number | object, { readonly _tag: string }, never>(call), {
            startImmediately: true
          })
      )
      const begun = performance.now()
      yield* TestClock.adjust("5 seconds")
      for (const call of calls) assert.strictEqual((yield* Fiber.join(call))._tag, "StoreUnavailable")
      assert.isBelow(performance.now() - begun, 1000)
      server.signal("SIGCONT")
      assert.isAtLeast(yield* Effect.eventually(log.head), 1)
    })
  )
})
