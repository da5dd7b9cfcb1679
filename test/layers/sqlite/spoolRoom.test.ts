import { cpSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as SqliteTraceBus from "../../../src/layers/sqlite/SqliteTraceBus.ts"
import { STORE_CONSUMER } from "../../../src/services/store/TraceIngest.ts"
import { type Ledger, type StoredFrame, type Subscription, TraceBus } from "../../../src/services/trace/TraceBus.ts"
import { delivered } from "../../contracts/disposition.ts"
import { assertBalanced, frameOf } from "../../contracts/traceBus.ts"
import { temporaryDirectory } from "./temporaryDirectory.ts"

const ALL = 1_000_000

/** One life of a bus with room for four frames, and not quite for another. */
const life = <A, E>(directory: string, body: Effect.Effect<A, E, TraceBus | Scope.Scope>) =>
  Effect.provide(Effect.scoped(body), SqliteTraceBus.layer({ directory, maxBytes: 45 }), { local: true })

const publish = Effect.fnUntraced(function* (...spans: ReadonlyArray<number>) {
  const bus = yield* TraceBus
  for (const each of spans) yield* bus.publish(frameOf(each))
})

const spansOf = (frames: ReadonlyArray<StoredFrame>) => frames.map((frame) => frame.spans)

const total = (frames: ReadonlyArray<StoredFrame>) => spansOf(frames).reduce((sum, spans) => sum + spans, 0)

const deliver = Effect.fnUntraced(function* (subscription: Subscription) {
  const frames = yield* subscription.take(ALL)
  yield* subscription.acknowledge(frames.at(-1)?.sequence ?? 0, delivered(total(frames)))
  return spansOf(frames)
})

const balanced = (subscription: Subscription) =>
  Effect.map(subscription.ledger, (ledger) => {
    assertBalanced(ledger)
    return ledger
  })

const account = ({ delivered, dropped, queued, queuedBytes }: Ledger) => [delivered, dropped, queued, queuedBytes]

const ONE_TO_20 = Array.from({ length: 20 }, (_, index) => index + 1)

describe("a full spool", () => {
  it.effect("costs who is behind its oldest frames, as destination_behind, and nobody else any", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      yield* life(
        directory,
        Effect.gen(function* () {
          const bus = yield* TraceBus
          const [healthy, paused] = [yield* bus.subscribe("healthy"), yield* bus.subscribe("paused")]
          yield* Effect.scoped(bus.subscribe(STORE_CONSUMER))
          const got: Array<number> = []
          for (const spans of ONE_TO_20) {
            yield* publish(spans)
            got.push(...(yield* deliver(healthy)))
          }
          assert.deepStrictEqual(got, ONE_TO_20)
          assert.deepStrictEqual(account(yield* balanced(healthy)), [210, {}, 0, 0])
          assert.deepStrictEqual(account(yield* balanced(paused)), [0, { destination_behind: 136 }, 74, 40])
        })
      )
      yield* life(
        directory,
        Effect.gen(function* () {
          const bus = yield* TraceBus
          const [paused, store] = [yield* bus.subscribe("paused"), yield* bus.subscribe(STORE_CONSUMER)]
          assert.deepStrictEqual(account(yield* balanced(store)), [0, { store_behind: 136 }, 74, 40])
          assert.deepStrictEqual(yield* deliver(paused), [17, 18, 19, 20])
          assert.deepStrictEqual(account(yield* balanced(paused)), [74, { destination_behind: 136 }, 0, 0])
        })
      )
    })
  )

  it.effect("gives up no more than the new frame needs, and only what somebody has settled", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      yield* life(
        directory,
        Effect.gen(function* () {
          const bus = yield* TraceBus
          const [ahead, behind] = [yield* bus.subscribe("ahead"), yield* bus.subscribe("behind")]
          yield* publish(1, 2, 3, 4)
          assert.strictEqual((yield* Effect.flip(bus.publish(frameOf(5))))._tag, "BusFull")
          assert.deepStrictEqual((yield* behind.ledger).dropped, {})

          const [first] = yield* ahead.take(1)
          yield* ahead.acknowledge(first?.sequence ?? 0, delivered(1))
          // Needs two frames' room, and only one is settled by anybody.
          assert.strictEqual((yield* Effect.flip(bus.publish(frameOf(5, 20))))._tag, "BusFull")
          // Larger than everything.
          assert.strictEqual((yield* Effect.flip(bus.publish(frameOf(5, 46))))._tag, "BusFull")
          assert.deepStrictEqual((yield* behind.ledger).dropped, {})
          yield* publish(5)
          assert.strictEqual((yield* Effect.flip(bus.publish(frameOf(6))))._tag, "BusFull")
          assert.deepStrictEqual(account(yield* balanced(behind)), [0, { destination_behind: 1 }, 14, 40])
          assert.deepStrictEqual(account(yield* balanced(ahead)), [1, {}, 14, 40])
        })
      )
    })
  )

  it.effect("leaves frames in a consumer's hands to it, and counts them once", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      yield* life(
        directory,
        Effect.gen(function* () {
          const bus = yield* TraceBus
          const [healthy, slow] = [yield* bus.subscribe("healthy"), yield* bus.subscribe("slow")]
          yield* publish(1, 2, 3)
          const held = yield* slow.take(20)
          assert.deepStrictEqual(spansOf(held), [1, 2])
          for (const spans of [4, 5, 6, 7, 8, 9]) {
            yield* deliver(healthy)
            yield* publish(spans)
          }
          // 3 to 5 are gone, 1 and 2 not decided.
          assert.deepStrictEqual(account(yield* balanced(slow)), [0, { destination_behind: 12 }, 33, 60])
          yield* slow.acknowledge(held[0]?.sequence ?? 0, delivered(1))
          assert.deepStrictEqual(account(yield* balanced(slow)), [1, { destination_behind: 12 }, 32, 50])
          yield* slow.acknowledge(held[1]?.sequence ?? 0, delivered(2))
          assert.deepStrictEqual(account(yield* balanced(slow)), [3, { destination_behind: 12 }, 30, 40])
          assert.deepStrictEqual(yield* deliver(slow), [6, 7, 8, 9])
          yield* slow.acknowledge(held[1]?.sequence ?? 0, delivered(2))
          assert.deepStrictEqual(account(yield* balanced(slow)), [33, { destination_behind: 12 }, 0, 0])
        })
      )
    })
  )

  it.effect("killed while frames in hand are given up, it knows after the restart why they are gone", () =>
    Effect.gen(function* () {
      const [directory, copy] = [yield* temporaryDirectory, yield* temporaryDirectory]
      yield* life(
        directory,
        Effect.gen(function* () {
          const bus = yield* TraceBus
          const [healthy, dead] = [yield* bus.subscribe("healthy"), yield* bus.subscribe("dead")]
          yield* publish(1, 2)
          yield* dead.take(ALL)
          for (const spans of [3, 4, 5, 6, 7]) {
            yield* deliver(healthy)
            yield* publish(spans)
          }
          cpSync(directory, copy, { recursive: true })
        })
      )
      yield* life(
        copy,
        Effect.gen(function* () {
          const bus = yield* TraceBus
          const [healthy, dead] = [yield* bus.subscribe("healthy"), yield* bus.subscribe("dead")]
          assert.deepStrictEqual(account(yield* balanced(healthy)), [21, {}, 7, 10])
          assert.deepStrictEqual(account(yield* balanced(dead)), [0, { destination_behind: 6 }, 22, 40])
          assert.deepStrictEqual(yield* deliver(dead), [4, 5, 6, 7])
          assert.deepStrictEqual(account(yield* balanced(dead)), [22, { destination_behind: 6 }, 0, 0])
        })
      )
    })
  )

  it.effect("of the first version is brought on", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      yield* life(
        directory,
        Effect.gen(function* () {
          const bus = yield* TraceBus
          yield* bus.subscribe("a")
          yield* publish(1, 2, 3, 4)
        })
      )
      const database = new DatabaseSync(join(directory, "spool.db"))
      database.exec(`
        ALTER TABLE log RENAME COLUMN removed_sequence TO expired_sequence;
        ALTER TABLE log RENAME COLUMN removed_spans TO expired_spans;
        ALTER TABLE log RENAME COLUMN removed_bytes TO expired_bytes;
        ALTER TABLE log DROP COLUMN removed_for;
        PRAGMA user_version = 1;
      `)
      database.close()
      yield* life(
        directory,
        Effect.gen(function* () {
          const bus = yield* TraceBus
          const [a, b] = [yield* bus.subscribe("a"), yield* bus.subscribe("b")]
          yield* publish(5)
          assert.deepStrictEqual(account(yield* balanced(a)), [0, { destination_behind: 1 }, 14, 40])
          assert.deepStrictEqual(yield* deliver(b), [5])
        })
      )
    })
  )
})
