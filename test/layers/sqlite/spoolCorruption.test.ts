import { closeSync, cpSync, existsSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import * as SqliteTraceBus from "../../../src/layers/sqlite/SqliteTraceBus.ts"
import { type StoredFrame, TraceBus } from "../../../src/services/trace/TraceBus.ts"
import { delivered } from "../../contracts/disposition.ts"
import { assertBalanced, frameOf } from "../../contracts/traceBus.ts"
import { temporaryDirectory } from "./temporaryDirectory.ts"

const ALL = 10_000_000
const PAGE_SIZE = 16_384

const life = <A, E>(directory: string, body: Effect.Effect<A, E, TraceBus | Scope.Scope>) =>
  Effect.provide(Effect.scoped(body), SqliteTraceBus.layer({ directory }), { local: true })

const spansOf = (frames: ReadonlyArray<StoredFrame>) => frames.map((frame) => frame.spans)

/** Leaves a spool with a consumer `a` and one frame for each of `spans`. */
const filled = Effect.fnUntraced(function* (directory: string, spans: ReadonlyArray<number>, size = 100) {
  yield* life(
    directory,
    Effect.gen(function* () {
      const bus = yield* TraceBus
      yield* bus.subscribe("a")
      for (const each of spans) yield* bus.publish(frameOf(each, size))
    })
  )
})

const damageFrames = (directory: string, where: string) => {
  const database = new DatabaseSync(join(directory, "spool.db"))
  database.exec(`UPDATE frames SET payload = zeroblob(length(payload)) WHERE ${where}`)
  database.close()
}

it.effect("CorruptedData: a damaged frame is skipped and counted", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    yield* filled(directory, [1, 2, 3])
    damageFrames(directory, "spans = 2")
    yield* life(
      directory,
      Effect.gen(function* () {
        const subscription = yield* (yield* TraceBus).subscribe("a")
        const frames = yield* subscription.take(ALL)
        assert.deepStrictEqual(spansOf(frames), [1, 3])
        yield* subscription.acknowledge(frames[1]?.sequence ?? 0, delivered(4))
        const ledger = yield* subscription.ledger
        assertBalanced(ledger)
        assert.deepStrictEqual(ledger.dropped, { corrupt: 2 })
        assert.strictEqual(ledger.queued, 0)
      })
    )
  })
)

it.effect("damaged frames at both ends need no acknowledgement of their own", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    yield* filled(directory, [1, 2, 3, 4])
    damageFrames(directory, "spans in (1, 3, 4)")
    yield* life(
      directory,
      Effect.gen(function* () {
        const subscription = yield* (yield* TraceBus).subscribe("a")
        const [frame] = yield* subscription.take(ALL)
        assert.deepStrictEqual((yield* subscription.ledger).dropped, { corrupt: 1 })
        yield* subscription.acknowledge(frame?.sequence ?? 0, delivered(2))
        const ledger = yield* subscription.ledger
        assertBalanced(ledger)
        assert.deepStrictEqual(ledger.dropped, { corrupt: 8 })
        assert.strictEqual(ledger.queued, 0)
      })
    )
  })
)

it.effect("a spool of nothing but damaged frames still gives the next one", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    yield* filled(directory, [1, 2])
    damageFrames(directory, "true")
    yield* life(
      directory,
      Effect.gen(function* () {
        const bus = yield* TraceBus
        const subscription = yield* bus.subscribe("a")
        const taking = yield* Effect.forkChild(subscription.take(ALL), { startImmediately: true })
        yield* bus.publish(frameOf(7))
        assert.deepStrictEqual(spansOf(yield* Fiber.join(taking)), [7])
        assert.deepStrictEqual((yield* subscription.ledger).dropped, { corrupt: 3 })
      })
    )
  })
)

it.effect("a file that is no database is moved aside and a fresh one started", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const path = join(directory, "spool.db")
    for (const number of [1, 2]) {
      writeFileSync(path, `not a database ${number} `.repeat(500))
      yield* life(
        directory,
        Effect.gen(function* () {
          const bus = yield* TraceBus
          const subscription = yield* bus.subscribe("a")
          yield* bus.publish(frameOf(1))
          assert.deepStrictEqual(spansOf(yield* subscription.take(ALL)), [1])
        })
      )
      assert.isTrue(readFileSync(`${path}.corrupt-${number}`, "utf8").startsWith(`not a database ${number}`))
    }
  })
)

/** Overwrites one page of the table of frames. */
const damagePage = (path: string, pick: (leaves: ReadonlyArray<number>) => number | undefined) => {
  const database = new DatabaseSync(path)
  const rows = database
    .prepare("SELECT pageno FROM dbstat WHERE name = 'frames' AND pagetype = 'leaf' ORDER BY path")
    .all()
  database.close()
  const page = pick(rows.map((row) => Number(row["pageno"])))
  const file = openSync(path, "r+")
  writeSync(file, Buffer.alloc(PAGE_SIZE, 0xab), 0, PAGE_SIZE, ((page ?? 0) - 1) * PAGE_SIZE)
  closeSync(file)
}

it.effect("a file damaged in its pages is replaced at start, with the ledgers that can be read", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    yield* filled(directory, [1, 2, 3], 40_000)
    const path = join(directory, "spool.db")
    damagePage(path, (leaves) => leaves[0])
    yield* life(
      directory,
      Effect.gen(function* () {
        const bus = yield* TraceBus
        const subscription = yield* bus.subscribe("a")
        yield* bus.publish(frameOf(9))
        const taken = yield* subscription.take(ALL)
        assert.deepStrictEqual(spansOf(taken), [9])
        assert.strictEqual(taken[0]?.sequence, 4)
        const ledger = yield* subscription.ledger
        assertBalanced(ledger)
        assert.deepStrictEqual(ledger.dropped, { corrupt: 6 })
        assert.strictEqual(ledger.captured, 15)
      })
    )
    assert.isTrue(existsSync(`${path}.corrupt-1`))
  })
)

it.effect("a file that turns out damaged while in use is replaced, and its consumers go on", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const frames = 60
    yield* filled(directory, new Array(frames).fill(2), 40_000)
    const path = join(directory, "spool.db")
    // The first and the last page are looked at when the file is opened.
    damagePage(path, (leaves) => leaves[Math.floor(leaves.length / 2)])
    yield* life(
      directory,
      Effect.gen(function* () {
        const bus = yield* TraceBus
        const subscription = yield* bus.subscribe("a")
        assert.isFalse(existsSync(`${path}.corrupt-1`))
        const [held] = yield* subscription.take(40_000)
        assert.strictEqual((yield* Effect.flip(subscription.take(ALL)))._tag, "BusUnavailable")
        assert.isTrue(existsSync(`${path}.corrupt-1`))
        yield* bus.publish(frameOf(9))
        const [next] = yield* subscription.take(ALL)
        assert.strictEqual(next?.spans, 9)
        assert.strictEqual(next?.sequence, frames + 1)
        yield* subscription.acknowledge(held?.sequence ?? 0, delivered(2))
        yield* subscription.acknowledge(next?.sequence ?? 0, delivered(9))
        const ledger = yield* subscription.ledger
        assertBalanced(ledger)
        assert.deepStrictEqual([ledger.delivered, ledger.dropped], [9, { corrupt: 2 * frames }])
      })
    )
  })
)

/** What the kernel has of a spool whose process was killed: one frame for each of `spans`, all in its write-ahead log. */
const killed = Effect.fnUntraced(function* (spans: ReadonlyArray<number>) {
  const directory = yield* temporaryDirectory
  const copy = join(yield* temporaryDirectory, "spool")
  yield* life(
    directory,
    Effect.gen(function* () {
      const bus = yield* TraceBus
      yield* bus.subscribe("a")
      for (const each of spans) yield* bus.publish(frameOf(each, 40_000))
      cpSync(directory, copy, { recursive: true, filter: (path) => !path.includes("lock") })
    })
  )
  return copy
})

const overwrite = (path: string, at: number, bytes: Buffer) => {
  const file = openSync(path, "r+")
  writeSync(file, bytes, 0, bytes.length, at)
  closeSync(file)
}

const walOf = (directory: string) => join(directory, "spool.db-wal")

/** Where the bytes of the frame with so many spans are. */
const payloadOf = (directory: string, spans: number): number =>
  readFileSync(walOf(directory)).indexOf(Buffer.alloc(1000, spans))

const FRAMES = [2, 3, 5, 7, 11]

const isKept = (directory: string) => existsSync(`${walOf(directory)}.corrupt-1`)

it.effect("a byte that changed in the write-ahead log costs the frame it is in, and none of those after it", () =>
  Effect.gen(function* () {
    const directory = yield* killed(FRAMES)
    overwrite(walOf(directory), payloadOf(directory, 5), Buffer.of(6))
    yield* life(
      directory,
      Effect.gen(function* () {
        const subscription = yield* (yield* TraceBus).subscribe("a")
        const taken = yield* subscription.take(ALL)
        assert.deepStrictEqual(spansOf(taken), [2, 3, 7, 11])
        yield* subscription.acknowledge(taken.at(-1)?.sequence ?? 0, delivered(23))
        const ledger = yield* subscription.ledger
        assertBalanced(ledger)
        assert.deepStrictEqual([ledger.captured, ledger.queued, ledger.dropped], [28, 0, { corrupt: 5 }])
      })
    )
    assert.isTrue(isKept(directory), "the log as it was found can be looked at")
  })
)

it.effect("a byte that changed in the write-ahead log's own header costs nothing", () =>
  Effect.gen(function* () {
    for (const at of [0, 5, 17, 25]) {
      const directory = yield* killed(FRAMES)
      overwrite(walOf(directory), at, Buffer.of(0xff))
      yield* life(
        directory,
        Effect.gen(function* () {
          const subscription = yield* (yield* TraceBus).subscribe("a")
          assert.deepStrictEqual(spansOf(yield* subscription.take(ALL)), FRAMES)
        })
      )
    }
  })
)

it.effect("a stretch of the write-ahead log that cannot be mended is counted, and so is what was behind it", () =>
  Effect.gen(function* () {
    const directory = yield* killed(FRAMES)
    // Of the frame's last pages, and of those that say where it is.
    overwrite(walOf(directory), payloadOf(directory, 5), Buffer.alloc(80_000, 0xff))
    yield* life(
      directory,
      Effect.gen(function* () {
        const subscription = yield* (yield* TraceBus).subscribe("a")
        const taken = yield* subscription.take(ALL)
        assert.deepStrictEqual(spansOf(taken), [2, 3])
        const ledger = yield* subscription.ledger
        assertBalanced(ledger)
        assert.deepStrictEqual([ledger.captured, ledger.queued, ledger.dropped], [28, 5, { corrupt: 23 }])
      })
    )
  })
)

it.effect("a write-ahead log without the end of its last transaction is what a kill leaves, and no damage", () =>
  Effect.gen(function* () {
    const directory = yield* killed(FRAMES)
    truncateSync(walOf(directory), readFileSync(walOf(directory)).length - 100)
    yield* life(
      directory,
      Effect.gen(function* () {
        const subscription = yield* (yield* TraceBus).subscribe("a")
        assert.deepStrictEqual(spansOf(yield* subscription.take(ALL)), [2, 3, 5, 7])
        assert.deepStrictEqual((yield* subscription.ledger).dropped, {})
      })
    )
    assert.isFalse(isKept(directory))
  })
)

it.effect("a file that ends too early is replaced, and its consumers go on", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const frames = 60
    yield* filled(directory, new Array(frames).fill(2), 40_000)
    const path = join(directory, "spool.db")
    truncateSync(path, Math.floor(readFileSync(path).length / 2 / PAGE_SIZE) * PAGE_SIZE)
    yield* life(
      directory,
      Effect.gen(function* () {
        const bus = yield* TraceBus
        const subscription = yield* bus.subscribe("a")
        yield* bus.publish(frameOf(9))
        // The first look may be what finds it out.
        const taken = yield* subscription.take(ALL).pipe(Effect.retry({ times: 2 }))
        yield* subscription.acknowledge(
          taken.at(-1)?.sequence ?? 0,
          delivered(spansOf(taken).reduce((sum, spans) => sum + spans, 0))
        )
        const ledger = yield* subscription.ledger
        assertBalanced(ledger)
        assert.deepStrictEqual([ledger.captured, ledger.queued], [2 * frames + 9, 0])
        assert.isAbove(ledger.dropped["corrupt"] ?? 0, 0)
      })
    )
  })
)
