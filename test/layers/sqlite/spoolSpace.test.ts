import { statSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeGroupCommit } from "../../../src/layers/sqlite/spool/GroupCommit.ts"
import type { Spool } from "../../../src/layers/sqlite/spool/Spool.ts"
import { openSpool } from "../../../src/layers/sqlite/spool/SpoolDatabase.ts"
import { SpoolLog } from "../../../src/layers/sqlite/spool/SpoolLog.ts"
import { SpoolSubscription } from "../../../src/layers/sqlite/spool/SpoolSubscription.ts"
import { BusUnavailable } from "../../../src/services/trace/TraceBus.ts"
import { delivered } from "../../contracts/disposition.ts"
import { assertBalanced, frameOf } from "../../contracts/traceBus.ts"
import { temporaryDirectory } from "./temporaryDirectory.ts"

/** The parts of a bus, with the database in hand and the transactions counted. */
const parts = Effect.gen(function* () {
  const directory = yield* temporaryDirectory
  const { database } = yield* Effect.acquireRelease(
    Effect.sync(() => openSpool(directory, "normal")),
    (opened) => Effect.sync(() => opened.database.close())
  )
  const log = new SpoolLog(database)
  let uses = 0
  const spool: Spool = {
    use: (body) =>
      Effect.try({
        try: () => {
          uses += 1
          return body(log)
        },
        catch: (cause) => new BusUnavailable({ cause })
      })
  }
  log.addConsumer("a")
  const publish = yield* makeGroupCommit({ spool, maxBytes: 100_000_000, reading: () => new Set(), appended: () => {} })
  const subscription = new SpoolSubscription(spool, "a", log)
  return { directory, database, log, publish, subscription, uses: () => uses }
})

const MIB = 1024 * 1024

it.effect("StorageFull: a full disk is unavailable for now, loses nothing, and takes frames again", () =>
  Effect.gen(function* () {
    const { database, publish, subscription } = yield* parts
    database.exec(`PRAGMA max_page_count = ${(4 * MIB) / 16_384}`)
    let stored = 0
    let failure: BusUnavailable | undefined
    while (failure === undefined) {
      yield* publish(frameOf(1, 300_000)).pipe(
        Effect.tap(() => Effect.sync(() => void stored++)),
        Effect.catchTag("BusUnavailable", (error) => Effect.sync(() => void (failure = error)))
      )
    }
    assert.strictEqual((failure as BusUnavailable & { cause: { errcode: number } }).cause.errcode, 13)
    assert.isAtLeast(stored, 10)
    const ledger = yield* subscription.ledger
    assertBalanced(ledger)
    assert.strictEqual(ledger.captured, stored)
    const frames = yield* subscription.take(100 * MIB)
    assert.strictEqual(frames.length, stored)
    yield* subscription.acknowledge(frames[0]?.sequence ?? 0, delivered(1))
    yield* publish(frameOf(1, 300_000))
    assertBalanced(yield* subscription.ledger)
  })
)

it.effect("frames published at the same time share a transaction", () =>
  Effect.gen(function* () {
    const { publish, subscription, uses } = yield* parts
    const before = uses()
    yield* Effect.forEach(Array.from({ length: 50 }), () => publish(frameOf(1)), { concurrency: 50 })
    assert.strictEqual(uses() - before, 1)
    assert.strictEqual((yield* subscription.ledger).queued, 50)
  })
)

it.effect("a publisher that gave up before its turn has published nothing", () =>
  Effect.gen(function* () {
    const { publish, subscription } = yield* parts
    const publishing = yield* Effect.forkChild(publish(frameOf(1)), { startImmediately: true })
    publishing.interruptUnsafe()
    yield* publish(frameOf(2))
    assert.strictEqual((yield* subscription.ledger).captured, 2)
  })
)

it.effect("a transaction that fails in the middle leaves nothing open", () =>
  Effect.gen(function* () {
    const { log, publish } = yield* parts
    log.removeConsumer("a")
    assert.throws(() => log.settle("a", { sequence: 1, spans: 1, bytes: 1 }, []), "a is not subscribed")
    yield* publish(frameOf(1))
    assert.strictEqual(log.lastSequence, 1)
  })
)

it.effect("a drained spool gives its disk space back", () =>
  Effect.gen(function* () {
    const { database, directory, log, publish, subscription } = yield* parts
    for (let index = 0; index < 40; index++) yield* publish(frameOf(1, MIB))
    const frames = yield* subscription.take(100 * MIB)
    yield* subscription.acknowledge(frames.at(-1)?.sequence ?? 0, delivered(40))
    let rounds = 1
    while (log.reclaim()) rounds += 1
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)")
    assert.isAtLeast(rounds, 5)
    assert.isAtMost(statSync(join(directory, "spool.db")).size, 18 * MIB)
  })
)

it.effect("a spool in steady use stays as large as what it holds", () =>
  Effect.gen(function* () {
    const { directory, publish, subscription } = yield* parts
    for (let index = 0; index < 40; index++) {
      yield* publish(frameOf(1, MIB))
      const [frame] = yield* subscription.take(1)
      yield* subscription.acknowledge(frame?.sequence ?? 0, delivered(1))
    }
    const size = statSync(join(directory, "spool.db")).size + statSync(join(directory, "spool.db-wal")).size
    assert.isAtMost(size, 12 * MIB)
  })
)
