import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as StoreConfigSync from "../../../src/layers/store/StoreConfigSync.ts"
import type { CompiledConfig } from "../../../src/services/config/CompiledConfig.ts"
import { ConfigSync } from "../../../src/services/config/ConfigSync.ts"
import { type Change, ConfigStore } from "../../../src/services/store/ConfigStore.ts"
import { RevisionLog } from "../../../src/services/store/RevisionLog.ts"
import { StoreUnavailable } from "../../../src/services/store/StoreUnavailable.ts"
import { keyed, OLD_KEY } from "../../services/store/keys.ts"
import { makeMemoryLog, memoryLog } from "../../services/store/MemoryRevisionLog.ts"

const settings = (capture: string): Change => ({
  action: "put",
  kind: "settings",
  name: "settings",
  body: { capture }
})

const fake: Change = { action: "put", kind: "provider-account", name: "demo", body: { type: "fake" } }

/** Each configuration as it comes into force, the first one taken. */
const followed = Effect.gen(function* () {
  const sync = yield* ConfigSync
  const seen = yield* Queue.unbounded<CompiledConfig>()
  yield* sync.changes.pipe(
    Stream.runForEach((compiled) => Queue.offer(seen, compiled)),
    Effect.forkScoped
  )
  yield* Queue.take(seen)
  return Effect.map(Queue.take(seen), ({ capture, revision }) => [revision, capture])
})

const commit = (base: number, ...changes: ReadonlyArray<Change>) =>
  Effect.flatMap(ConfigStore, (store) => store.commit({ base, author: "a", note: "", changes }))

describe("StoreConfigSync", () => {
  it.effect("begins with what there is, which may be nothing, and follows each commit", () =>
    Effect.gen(function* () {
      const sync = yield* ConfigSync
      assert.deepInclude(sync.current(), { revision: "0", capture: "full", destinations: [] })
      const next = yield* followed
      yield* commit(0, settings("metadata"))
      assert.deepStrictEqual(yield* next, ["1", "metadata"])
      yield* commit(1, settings("full"))
      assert.deepStrictEqual(yield* next, ["2", "full"])
      assert.deepInclude(sync.current(), { revision: "2" })
      assert.strictEqual(sync.refused(), 0)
    }).pipe(
      Effect.provide(
        StoreConfigSync.layer.pipe(
          Layer.provideMerge(ConfigStore.layerNoDeps()),
          Layer.provide([memoryLog, keyed(OLD_KEY)])
        ),
        { local: true }
      )
    )
  )

  it.effect("keeps the last good one where the next cannot be served here, and counts that", () =>
    Effect.gen(function* () {
      const { log } = yield* makeMemoryLog
      const shared = Layer.merge(Layer.succeed(RevisionLog, log), keyed(OLD_KEY))
      const writing = ConfigStore.layerNoDeps({ fakeOrigin: "http://127.0.0.1:1" }).pipe(Layer.provide(shared))
      const serving = StoreConfigSync.layer.pipe(Layer.provide(ConfigStore.layerNoDeps().pipe(Layer.provide(shared))))
      yield* Effect.gen(function* () {
        const sync = yield* ConfigSync
        const next = yield* followed
        yield* commit(0, settings("metadata"))
        yield* next
        yield* commit(1, fake, settings("full"))
        while (sync.refused() === 0) yield* Effect.yieldNow
        assert.deepInclude(sync.current(), { revision: "1", capture: "metadata" })
        yield* commit(2, { action: "delete", kind: "provider-account", name: "demo" })
        assert.deepStrictEqual(yield* next, ["3", "full"])
        assert.strictEqual(sync.refused(), 1)
      }).pipe(Effect.provide(Layer.fresh(Layer.merge(Layer.fresh(serving), Layer.fresh(writing)))))
    })
  )

  it.effect("does not start where the first reading fails, and reads again where a later one does", () =>
    Effect.gen(function* () {
      const { log } = yield* makeMemoryLog
      let away = false
      const shaky = RevisionLog.of({
        ...log,
        entitiesAt: (revision) =>
          Effect.suspend(() =>
            away
              ? Effect.fail(new StoreUnavailable({ store: "configuration", cause: "away" }))
              : log.entitiesAt(revision)
          )
      })
      const steady = ConfigStore.layerNoDeps().pipe(Layer.provide([Layer.succeed(RevisionLog, log), keyed(OLD_KEY)]))
      const shakyStore = ConfigStore.layerNoDeps().pipe(
        Layer.provide([Layer.succeed(RevisionLog, shaky), keyed(OLD_KEY)])
      )
      yield* Effect.gen(function* () {
        const store = yield* ConfigStore
        const build = Layer.build(Layer.fresh(StoreConfigSync.layer)).pipe(Effect.provideService(ConfigStore, store))
        away = true
        assert.strictEqual((yield* Effect.flip(build))._tag, "StoreUnavailable")
        away = false
        const context = yield* build
        yield* Effect.gen(function* () {
          const next = yield* followed
          away = true
          yield* commit(0, settings("metadata")).pipe(Effect.provide(steady, { local: true }))
          yield* TestClock.adjust("5 seconds")
          away = false
          yield* TestClock.adjust("5 seconds")
          assert.deepStrictEqual(yield* next, ["1", "metadata"])
        }).pipe(Effect.provideContext(context))
      }).pipe(Effect.provide(shakyStore, { local: true }))
    })
  )
})
