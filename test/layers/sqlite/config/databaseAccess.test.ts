import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { databaseAccess } from "../../../../src/layers/sqlite/config/databaseAccess.ts"

/** As node:sqlite says that another connection holds the lock. */
const busy = () => Object.assign(new Error("database is locked"), { errcode: 5 })

describe("databaseAccess", () => {
  it.effect("has one of many ask again while the file is locked, and lets none wait for longer than five seconds", () =>
    Effect.gen(function* () {
      const write = yield* databaseAccess("written")
      let tries = 0
      const locked = write(() => {
        tries += 1
        throw busy()
      })
      const all = yield* Effect.forEach(Array.from({ length: 100 }), () => Effect.flip(locked), {
        concurrency: "unbounded"
      }).pipe(Effect.forkChild)
      yield* TestClock.adjust("5 seconds")
      for (const { message } of yield* Fiber.join(all)) {
        assert.strictEqual(message, "the database of configuration cannot be reached now")
      }
      assert.isAbove(tries, 100)
      assert.isBelow(tries, 1000)
      assert.strictEqual(yield* write(() => "free"), "free")
    })
  )

  it.effect("takes calls in their order, when the lock is gone", () =>
    Effect.gen(function* () {
      const write = yield* databaseAccess("written")
      let isLocked = true
      const done: Array<number> = []
      const all = yield* Effect.forEach(
        [1, 2, 3],
        (n) =>
          write(() => {
            if (isLocked) throw busy()
            done.push(n)
          }),
        { concurrency: "unbounded" }
      ).pipe(Effect.forkChild)
      yield* TestClock.adjust("1 second")
      isLocked = false
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(all)
      assert.deepStrictEqual(done, [1, 2, 3])
    })
  )

  it.effect("does not try again what failed for another reason", () =>
    Effect.gen(function* () {
      const write = yield* databaseAccess("written")
      let tries = 0
      yield* Effect.flip(
        write(() => {
          tries += 1
          throw new Error("database or disk is full")
        })
      )
      assert.strictEqual(tries, 1)
    })
  )
})
