import { cpSync, existsSync, rmSync, statSync, truncateSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SqliteTraceBus from "../../../src/layers/sqlite/SqliteTraceBus.ts"
import { type StoredFrame, TraceBus } from "../../../src/services/trace/TraceBus.ts"
import { delivered } from "../../contracts/disposition.ts"
import { assertBalanced, frameOf } from "../../contracts/traceBus.ts"
import { temporaryDirectory } from "./temporaryDirectory.ts"

const ALL = 1_000_000

/** One life of a bus on a directory. */
const life = <A, E>(directory: string, body: Effect.Effect<A, E, TraceBus>) =>
  Effect.provide(body, SqliteTraceBus.layer({ directory }), { local: true })

const spansOf = (frames: ReadonlyArray<StoredFrame>) => frames.map((frame) => frame.spans)

it.effect("PutCloseReadClose: gives after a restart what was not acknowledged, and goes on counting", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const sequence = yield* life(
      directory,
      Effect.scoped(
        Effect.gen(function* () {
          const bus = yield* TraceBus
          const subscription = yield* bus.subscribe("a")
          for (const spans of [1, 2, 3]) yield* bus.publish(frameOf(spans))
          yield* bus.recordLoss(4, "queue_full")
          const frames = yield* subscription.take(ALL)
          yield* subscription.acknowledge(frames[0]?.sequence ?? 0, { ...delivered(0), rejected: 1 })
          return frames[2]?.sequence ?? 0
        })
      )
    )
    yield* life(
      directory,
      Effect.scoped(
        Effect.gen(function* () {
          const bus = yield* TraceBus
          assert.deepStrictEqual(yield* bus.consumers, ["a"])
          yield* bus.publish(frameOf(5))
          const subscription = yield* bus.subscribe("a")
          const frames = yield* subscription.take(ALL)
          assert.deepStrictEqual(spansOf(frames), [2, 3, 5])
          assert.strictEqual(frames[2]?.sequence, sequence + 1)
          const ledger = yield* subscription.ledger
          assertBalanced(ledger)
          assert.strictEqual(ledger.captured, 15)
          assert.strictEqual(ledger.rejected, 1)
          assert.deepStrictEqual(ledger.dropped, { queue_full: 4 })
        })
      )
    )
  })
)

it.effect("RestoredUsedSize: a full spool is still full after a restart", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const small = SqliteTraceBus.layer({ directory, maxBytes: 25 })
    const fill = Effect.gen(function* () {
      const bus = yield* TraceBus
      yield* Effect.scoped(bus.subscribe("a"))
      yield* bus.publish(frameOf(1))
      yield* bus.publish(frameOf(1))
    })
    yield* Effect.provide(fill, small, { local: true })
    const more = Effect.flatMap(TraceBus, (bus) => Effect.flip(bus.publish(frameOf(1))))
    assert.strictEqual((yield* Effect.provide(more, small, { local: true }))._tag, "BusFull")
  })
)

/** What a killed process leaves: the files as they are. `keep` tears the end off the write-ahead log. */
const crashCopy = (directory: string, copy: string, keep = 1): void => {
  rmSync(copy, { recursive: true, force: true })
  cpSync(directory, copy, { recursive: true })
  const wal = join(copy, "spool.db-wal")
  if (existsSync(wal)) truncateSync(wal, Math.floor(statSync(wal).size * keep))
}

const Steps = Schema.Array(Schema.Literals(["publish", "lose", "take", "acknowledge"])).check(Schema.isMaxLength(30))

interface Model {
  readonly published: Array<number>
  settled: number
  lost: number
}

const runSteps = Effect.fnUntraced(function* (steps: typeof Steps.Type) {
  const bus = yield* TraceBus
  const subscription = yield* bus.subscribe("a")
  const model: Model = { published: [], settled: 0, lost: 0 }
  const taken: Array<StoredFrame> = []
  for (const step of steps) {
    switch (step) {
      case "publish": {
        const spans = 1 + model.published.length
        yield* bus.publish(frameOf(spans, 2_000))
        model.published.push(spans)
        break
      }
      case "lose":
        yield* bus.recordLoss(2, "queue_full")
        model.lost += 2
        break
      case "take":
        if (model.settled + taken.length < model.published.length) taken.push(...(yield* subscription.take(4_000)))
        break
      case "acknowledge": {
        const frame = taken.shift()
        if (frame === undefined) break
        yield* subscription.acknowledge(frame.sequence, delivered(frame.spans))
        model.settled += 1
        break
      }
    }
  }
  return model
})

const sum = (spans: ReadonlyArray<number>) => spans.reduce((total, each) => total + each, 0)

it.effect.prop(
  "after a crash everything is as it was when the last call returned",
  { steps: Steps },
  ({ steps }) =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const copy = `${directory}-copy`
      const model = yield* life(
        directory,
        Effect.scoped(Effect.tap(runSteps(steps), () => Effect.sync(() => crashCopy(directory, copy))))
      )
      yield* life(
        copy,
        Effect.scoped(
          Effect.gen(function* () {
            const subscription = yield* (yield* TraceBus).subscribe("a")
            const ledger = yield* subscription.ledger
            const queue = model.published.slice(model.settled)
            assertBalanced(ledger)
            assert.strictEqual(ledger.captured, sum(model.published) + model.lost)
            assert.strictEqual(ledger.delivered, sum(model.published.slice(0, model.settled)))
            assert.strictEqual(ledger.queued, sum(queue))
            if (queue.length > 0) assert.deepStrictEqual(spansOf(yield* subscription.take(ALL)), queue)
          })
        )
      )
      rmSync(copy, { recursive: true })
    }).pipe(Effect.scoped),
  { arbitrary: { runs: 20 } }
)

it.effect.prop(
  "a write-ahead log torn anywhere leaves an earlier moment, and balanced ledgers",
  { steps: Steps, keep: Schema.Number.check(Schema.isBetween({ minimum: 0, maximum: 1 })) },
  ({ steps, keep }) =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const copy = `${directory}-copy`
      const model = yield* life(
        directory,
        Effect.scoped(Effect.tap(runSteps(steps), () => Effect.sync(() => crashCopy(directory, copy, keep))))
      )
      yield* life(
        copy,
        Effect.scoped(
          Effect.gen(function* () {
            const subscription = yield* (yield* TraceBus).subscribe("a")
            const ledger = yield* subscription.ledger
            assertBalanced(ledger)
            assert.isAtMost(ledger.captured, sum(model.published) + model.lost)
            if (ledger.queued === 0) return
            const frames = yield* subscription.take(ALL)
            assert.strictEqual(sum(spansOf(frames)), ledger.queued)
          })
        )
      )
      rmSync(copy, { recursive: true })
    }).pipe(Effect.scoped),
  { arbitrary: { runs: 20 } }
)
